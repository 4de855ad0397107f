#include "process.hpp"

#include "families.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace fieldcast::metrics {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double unix_seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Close enough to the start of the process: it is set before main.
const double started_at = unix_seconds_now();

void append_memory(std::vector<prometheus::MetricFamily>& families) {
  std::ifstream statm("/proc/self/statm");
  double virtual_pages = 0, resident_pages = 0;
  if (!(statm >> virtual_pages >> resident_pages)) return;
  const double page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  families.push_back(
      gauge_family("process_resident_memory_bytes", "Resident memory size in bytes.", resident_pages * page_bytes));
  families.push_back(
      gauge_family("process_virtual_memory_bytes", "Virtual memory size in bytes.", virtual_pages * page_bytes));
}

// Counting descriptors costs a directory walk: some 20 ms at 100,000 of them, on the scraper's thread.
void append_descriptors(std::vector<prometheus::MetricFamily>& families) {
  std::error_code failed;
  std::filesystem::directory_iterator entries("/proc/self/fd", failed);
  double open = -1;  // the walk itself holds one
  for (; !failed && entries != std::filesystem::directory_iterator(); entries.increment(failed)) open += 1;
  if (!failed) families.push_back(gauge_family("process_open_fds", "Number of open file descriptors.", open));
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    families.push_back(gauge_family("process_max_fds", "Maximum number of open file descriptors.",
                                    static_cast<double>(limit.rlim_cur)));
}

}  // namespace

void append_process_families(std::vector<prometheus::MetricFamily>& families) {
  append_memory(families);
  append_descriptors(families);
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    families.push_back(counter_family("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
                                      seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime)));
  families.push_back(
      gauge_family("process_start_time_seconds", "Start time of the process since unix epoch in seconds.", started_at));
}

}  // namespace fieldcast::metrics

// Marks that clang's -Wthread-safety checks; under g++ they vanish.
#pragma once

#if defined(__clang__)
#define FIELDCAST_MARK(x) __attribute__((x))
#else
#define FIELDCAST_MARK(x)
#endif

#define FIELDCAST_CAPABILITY(name) FIELDCAST_MARK(capability(name))
#define FIELDCAST_SCOPED FIELDCAST_MARK(scoped_lockable)
#define FIELDCAST_GUARDED_BY(x) FIELDCAST_MARK(guarded_by(x))
#define FIELDCAST_REQUIRES(x) FIELDCAST_MARK(requires_capability(x))
#define FIELDCAST_ACQUIRE(...) FIELDCAST_MARK(acquire_capability(__VA_ARGS__))
#define FIELDCAST_RELEASE(...) FIELDCAST_MARK(release_capability(__VA_ARGS__))
#define FIELDCAST_EXCLUDES(x) FIELDCAST_MARK(locks_excluded(x))

#include <condition_variable>
#include <mutex>
#include <shared_mutex>

namespace fieldcast {

/// std::mutex that the thread-safety analysis knows.
class FIELDCAST_CAPABILITY("mutex") Mutex {
 public:
  void lock() FIELDCAST_ACQUIRE() { mutex_.lock(); }
  void unlock() FIELDCAST_RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class FIELDCAST_SCOPED MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) FIELDCAST_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() FIELDCAST_RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace fieldcast

#include "fieldcast/hub/loop.hpp"

namespace fieldcast::hub {

Loop::Loop(std::size_t index) : index_(index), work_(context_.get_executor()) {}

Loop::~Loop() { stop(); }

void Loop::start() {
  thread_ = std::thread([this] { context_.run(); });
}

void Loop::stop() {
  work_.reset();
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace fieldcast::hub

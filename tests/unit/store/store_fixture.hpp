// A store on an engine in memory.
#pragma once

#include "fake_engine.hpp"

namespace fieldcast::store {

class StoreTest : public testing::Test {
 protected:
  ~StoreTest() override {
    database_.set([](FakeDatabase& d) { d.commits_held = false; });
  }
  Store& open(Settings settings = {}) {
    Observer observer;
    observer.committed = [this](std::size_t fixes, std::size_t requests, std::chrono::nanoseconds) {
      committed_fixes_ += fixes;
      committed_requests_ += requests;
    };
    observer.failed = [this](const Error& error) {
      const std::lock_guard lock(errors_mutex_);
      errors_.push_back(error.code);
    };
    store_ = std::make_unique<Store>(std::make_unique<FakeEngine>(database_), settings, answers_.deliver(), observer);
    return *store_;
  }
  std::vector<std::string> errors() {
    const std::lock_guard lock(errors_mutex_);
    return errors_;
  }
  /// Holds the writer inside a commit of request 0, so that what follows waits behind it.
  void hold_writer() {
    database_.set([](FakeDatabase& d) { d.commits_held = true; });
    ASSERT_TRUE(store_->submit(make_request(0)));
    ASSERT_TRUE(database_.wait_for([](const FakeDatabase& d) { return d.tries == 1; }));
  }
  void release_writer() {
    database_.set([](FakeDatabase& d) { d.commits_held = false; });
  }

  FakeDatabase database_;
  Answers answers_;
  std::atomic<std::size_t> committed_fixes_{0}, committed_requests_{0};
  std::mutex errors_mutex_;
  std::vector<std::string> errors_;
  std::unique_ptr<Store> store_;  // first to go
};

}  // namespace fieldcast::store

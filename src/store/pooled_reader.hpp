// A reader that opens itself, and opens itself anew after an error.
//
// Threads: one.
#pragma once

#include "fieldcast/store/engine.hpp"

namespace fieldcast::store {

class PooledReader final : public Reader {
 public:
  PooledReader(Engine& engine, std::unique_ptr<Reader> reader) : engine_(engine), reader_(std::move(reader)) {}

  Result<std::vector<Position>> history(const HistoryQuery& query) override {
    return ask([&](Reader& reader) { return reader.history(query); });
  }
  Result<std::vector<QuarantineRecord>> quarantine(const QuarantineQuery& query) override {
    return ask([&](Reader& reader) { return reader.quarantine(query); });
  }
  Result<void> agents(const std::optional<TeamKey>& only, const VisitAgent& visit) override {
    return ask([&](Reader& reader) { return reader.agents(only, visit); });
  }
  Result<std::vector<TeamId>> teams_of(const OrgId& org, const UserId& user) override {
    return ask([&](Reader& reader) { return reader.teams_of(org, user); });
  }
  Result<Counts> counts() override {
    return ask([](Reader& reader) { return reader.counts(); });
  }

 private:
  template <class Question>
  auto ask(const Question& question) -> decltype(question(std::declval<Reader&>())) {
    if (reader_ == nullptr) {
      auto opened = engine_.open_reader();
      if (!opened) return opened.error();
      reader_ = std::move(*opened);
    }
    auto answer = question(*reader_);
    if (!answer) reader_.reset();
    return answer;
  }

  Engine& engine_;
  std::unique_ptr<Reader> reader_;  // null after an error
};

}  // namespace fieldcast::store

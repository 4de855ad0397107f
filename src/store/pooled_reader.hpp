// A reader that opens itself, and opens itself anew after an error. A visitor may be called twice for an agent.
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
  Result<std::int64_t> agents_after(std::int64_t number, const VisitAgent& visit) override {
    return ask([&](Reader& reader) { return reader.agents_after(number, visit); });
  }
  Result<std::vector<Erasure>> erasures() override {
    return ask([](Reader& reader) { return reader.erasures(); });
  }
  Result<std::vector<TeamId>> teams_of(const OrgId& org, const UserId& user) override {
    return ask([&](Reader& reader) { return reader.teams_of(org, user); });
  }
  Result<Counts> counts() override {
    return ask([](Reader& reader) { return reader.counts(); });
  }
  Result<AgentSummaries> summaries(const SummaryQuery& query) override {
    return ask([&](Reader& reader) { return reader.summaries(query); });
  }
  Result<TeamSummaries> summaries(const TeamSummaryQuery& query) override {
    return ask([&](Reader& reader) { return reader.summaries(query); });
  }
  Result<std::vector<AreaVisit>> found_in(const AreaQuery& query) override {
    return ask([&](Reader& reader) { return reader.found_in(query); });
  }
  Result<std::vector<NearbyAgent>> nearby_at(const NearbyQuery& query) override {
    return ask([&](Reader& reader) { return reader.nearby_at(query); });
  }

 private:
  /// A connection may have been lost long before it is asked: then a fresh one is, once.
  template <class Question>
  auto ask(const Question& question) -> decltype(question(std::declval<Reader&>())) {
    const bool was_open = reader_ != nullptr;
    const auto asked_at = std::chrono::steady_clock::now();
    auto answer = ask_once(question);
    if (answer || reader_ != nullptr || !was_open || std::chrono::steady_clock::now() - asked_at > lost_within)
      return answer;
    return ask_once(question);
  }

  template <class Question>
  auto ask_once(const Question& question) -> decltype(question(std::declval<Reader&>())) {
    if (reader_ == nullptr) {
      auto opened = engine_.open_reader();
      if (!opened) return opened.error();
      reader_ = std::move(*opened);
    }
    auto answer = question(*reader_);
    if (!answer && answer.error().code != "not_available") reader_.reset();  // that is an answer, too
    return answer;
  }

  static constexpr milliseconds lost_within{1'000};  // what fails later was a question that takes too long

  Engine& engine_;
  std::unique_ptr<Reader> reader_;  // null after an error
};

}  // namespace fieldcast::store

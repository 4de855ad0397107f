#include "fieldcast/archive/history_writer.hpp"

#include <thread>

namespace fieldcast::archive {
namespace {

constexpr std::size_t rows_per_commit = 1'000;
constexpr seconds agents_believed{5};  // an agent that changes its team meanwhile is moved back for as long

}  // namespace

Result<void> HistoryWriter::add(const AgentIdentity& agent, const Position& position) {
  if (request_.positions.size() >= rows_per_commit)
    if (auto committed = commit(); !committed) return committed;
  if (looked_up_at_ == SteadyTime{} || read_clock().steady - looked_up_at_ > agents_believed)
    if (auto looked_up = look_up_agents(); !looked_up) return looked_up;
  if (last_ == nullptr || last_->org != agent.org || last_->agent != agent.agent) {
    AgentIdentityPtr& known = agents_[agent.key()];
    if (known == nullptr) known = std::make_shared<const AgentIdentity>(agent);
    last_ = known;
  }
  request_.positions.push_back({last_, position});
  return {};
}

Result<void> HistoryWriter::finish() { return request_.positions.empty() ? Result<void>{} : commit(); }

Result<void> HistoryWriter::look_up_agents() {
  agents_.clear();
  last_ = nullptr;
  auto read = reader_.agents(std::nullopt, [this](const AgentIdentityPtr& agent, const std::optional<Position>&) {
    agents_[agent->key()] = agent;
  });
  if (read) looked_up_at_ = read_clock().steady;
  return read;
}

Result<void> HistoryWriter::commit() {
  store::WriteResult result;
  const SteadyTime begin = read_clock().steady;
  if (auto committed = writer_.commit({&request_, 1}, {&result, 1}); !committed) return committed;
  accepted_ += result.accepted;
  duplicates_ += result.duplicates;
  request_.positions.clear();
  std::this_thread::sleep_for(read_clock().steady - begin);
  return {};
}

}  // namespace fieldcast::archive

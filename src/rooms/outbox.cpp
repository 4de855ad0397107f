#include "fieldcast/rooms/outbox.hpp"

namespace fieldcast::rooms {
namespace {

// An active connection keeps room for this many items, so that not every message costs an allocation.
constexpr std::size_t items_kept = 8;

}  // namespace

bool Outbox::push(MessagePtr message, Form form, const OutboxLimits& limits) {
  const std::string_view bytes = form == Form::frame ? message->frame() : message->payload();
  return push(std::move(message), bytes, limits);
}

bool Outbox::push(std::string own, const OutboxLimits& limits) {
  if (!fits(own.size(), limits)) return false;
  auto owner = std::make_shared<const std::string>(std::move(own));
  const std::string_view bytes = *owner;
  return push(std::move(owner), bytes, limits);
}

bool Outbox::push(std::shared_ptr<const void> owner, std::string_view bytes, const OutboxLimits& limits) {
  if (!fits(bytes.size(), limits)) return false;
  if (bytes.empty()) return true;
  if (items_.size() == items_.capacity() && head_ >= items_.size() / 2) {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  bytes_ += bytes.size();
  items_.push_back({std::move(owner), bytes});
  return true;
}

bool Outbox::fits(std::size_t bytes, const OutboxLimits& limits) const {
  return empty() || (messages() < limits.messages_max && bytes_ + bytes <= limits.bytes_max);
}

std::size_t Outbox::gather(std::string_view* views, std::size_t max) const {
  std::size_t count = 0;
  for (std::size_t i = head_; i < items_.size() && count < max; ++i) views[count++] = items_[i].bytes;
  if (count != 0) views[0].remove_prefix(head_written_);
  return count;
}

void Outbox::consume(std::size_t written) {
  bytes_ -= written;
  written += head_written_;
  while (!empty() && written >= items_[head_].bytes.size()) {
    written -= items_[head_].bytes.size();
    items_[head_++].owner.reset();
  }
  head_written_ = written;
  if (empty()) clear();
}

void Outbox::clear() {
  items_.clear();
  if (items_.capacity() > items_kept) items_.shrink_to_fit();
  head_ = head_written_ = bytes_ = 0;
}

}  // namespace fieldcast::rooms

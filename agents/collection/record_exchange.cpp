#include "agents/collection/record_exchange.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <tuple>

namespace seqrl {
namespace {

// All arrays of a record.
auto arrays_of(Record& record) {
  return std::tie(record.observations, record.next_observations, record.actions, record.rewards,
                  record.action_log_probs, record.qpos, record.qvel, record.terminals,
                  record.timeouts, record.begins);
}
constexpr std::size_t kArrays = std::tuple_size_v<decltype(arrays_of(std::declval<Record&>()))>;
using Sizes = std::array<std::uint64_t, kArrays>;

Sizes sizes_of(Record& record) {
  return std::apply([](const auto&... array) { return Sizes{array.size()...}; }, arrays_of(record));
}

void resize(Record& record, const Sizes& sizes) {
  std::size_t i = 0;
  std::apply([&](auto&... array) { (array.resize(sizes[i++]), ...); }, arrays_of(record));
}

void add_messages(Record& record, int rank, std::vector<Communicator::Message>& messages) {
  std::apply(
      [&](auto&... array) {
        (messages.push_back({rank, std::as_writable_bytes(std::span(array))}), ...);
      },
      arrays_of(record));
}

}  // namespace

std::vector<std::int64_t> gather_records(Communicator& ranks, std::span<Record> records,
                                         std::span<const std::int64_t> bounds) {
  std::vector<Sizes> sizes;
  for (Record& record : records) sizes.push_back(sizes_of(record));
  ranks.all_gather(std::span(sizes), bounds);
  std::vector<Communicator::Message> sends, receives;
  for (int rank = 1; rank < ranks.ranks(); ++rank) {
    const auto r = static_cast<std::size_t>(rank);
    for (auto i = static_cast<std::size_t>(bounds[r]); i < static_cast<std::size_t>(bounds[r + 1]);
         ++i) {
      if (ranks.rank() == rank) add_messages(records[i], 0, sends);
      if (!ranks.is_first()) continue;
      resize(records[i], sizes[i]);
      add_messages(records[i], rank, receives);
    }
  }
  ranks.exchange(sends, receives);
  std::vector<std::int64_t> transitions;
  constexpr std::size_t kRewards = 3;
  for (const Sizes& size : sizes) transitions.push_back(static_cast<std::int64_t>(size[kRewards]));
  return transitions;
}

}  // namespace seqrl

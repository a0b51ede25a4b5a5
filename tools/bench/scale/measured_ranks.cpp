#include "tools/bench/scale/measured_ranks.h"

#include <algorithm>
#include <utility>

#include "configs/base/stopwatch.h"

namespace seqrl::tools::bench {
namespace {

// Seconds of a message's round trip, the best of several. 0 on ranks that take no part.
double round_trip(Communicator& ranks, std::size_t bytes, int times) {
  const int last = ranks.ranks() - 1, rank = ranks.rank();
  const bool takes_part = rank == 0 || rank == last;
  std::vector<std::byte> memory(bytes);
  const Communicator::Message message{rank == 0 ? last : 0, memory};
  std::vector<double> seconds;
  for (int i = 0; takes_part && i < times; ++i) {
    const Stopwatch watch;
    for (const bool sends : {rank == 0, rank != 0}) {
      const std::span<const Communicator::Message> one(&message, 1), none;
      ranks.exchange(sends ? one : none, sends ? none : one);
    }
    seconds.push_back(watch.seconds());
  }
  return seconds.empty() ? 0 : *std::ranges::min_element(seconds);
}

}  // namespace

void MeasuredRanks::exchange(std::span<const Message> sends, std::span<const Message> receives) {
  const Stopwatch watch;
  if (apart_) {
    ranks_.wait_for_all();
    traffic_.waited += watch.seconds();
  }
  ranks_.exchange(sends, receives);
  traffic_.seconds += watch.seconds();
  ++traffic_.calls;
  for (const Message& message : sends) {
    if (message.bytes.empty()) continue;
    traffic_.bytes_sent += std::ssize(message.bytes);
    ++traffic_.messages_sent;
  }
  for (const Message& message : receives) traffic_.bytes_received += std::ssize(message.bytes);
}

MeasuredRanks::Traffic MeasuredRanks::take() {
  return std::exchange(traffic_, {});
}

Network measure_network(Communicator& ranks) {
  constexpr std::size_t kLarge = 4 << 20;
  round_trip(ranks, 1, 50);
  round_trip(ranks, kLarge, 3);
  const double small = round_trip(ranks, 1, 300), large = round_trip(ranks, kLarge, 20);
  const double latency = small / 2;
  // All ranks use rank 0's numbers.
  const auto all = static_cast<std::size_t>(ranks.ranks());
  std::vector<double> latencies(all), larges(all);
  const std::vector<std::int64_t> one_each = parts_of_ranks(ranks.ranks(), ranks.ranks());
  const auto rank = static_cast<std::size_t>(ranks.rank());
  latencies[rank] = latency;
  larges[rank] = large;
  ranks.all_gather(std::span(latencies), one_each);
  ranks.all_gather(std::span(larges), one_each);
  return {.latency = latencies[0], .bandwidth = static_cast<double>(kLarge) / (larges[0] / 2)};
}

}  // namespace seqrl::tools::bench

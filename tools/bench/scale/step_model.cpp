#include "tools/bench/scale/step_model.h"

#include <algorithm>

namespace seqrl::tools::bench {
namespace {

constexpr double kRounds = 4;  // whether to stop, losses, gradients, parameters

std::int64_t most_of_a_node(std::int64_t shards, std::int64_t nodes) {
  return (shards + nodes - 1) / nodes;
}

}  // namespace

double exchange_seconds(const Network& network, double parameters, std::int64_t shards,
                        std::int64_t ranks) {
  if (ranks == 1) return 0;
  const auto all = static_cast<double>(ranks);
  const double slice = 4 * parameters / all;  // bytes
  // Rank 0 sends the sum of its shards, the other ranks send each of their shards. So rank 0
  // receives most gradients, and another rank sends most.
  const double held = static_cast<double>(most_of_a_node(shards, ranks));
  const double received = (static_cast<double>(shards) - held) * slice;
  const double sent = held * (all - 1) * slice;
  const double parameters_sent = (all - 1) * slice;
  return kRounds * network.latency +
         (std::max(sent, received) + parameters_sent) / network.bandwidth;
}

std::int64_t StepModel::shards(std::int64_t nodes) const {
  return std::min(batch, nodes * shards_of_node);
}

double StepModel::computation(std::int64_t nodes) const {
  // A node's threads take one shard each, so a node with fewer shards loses no efficiency.
  const double share = static_cast<double>(most_of_a_node(shards(nodes), nodes)) /
                       static_cast<double>(shards(nodes));
  return seconds * share;
}

double StepModel::communication(std::int64_t nodes) const {
  return exchange_seconds(network, parameters, shards(nodes), nodes);
}

double StepModel::speedup(std::int64_t nodes) const {
  return seconds / (computation(nodes) + communication(nodes));
}

}  // namespace seqrl::tools::bench

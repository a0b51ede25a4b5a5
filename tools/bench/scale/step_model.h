// A model of the cost of a training step on several nodes.
#pragma once

#include <cstdint>

#include "tools/bench/scale/measured_ranks.h"

namespace seqrl::tools::bench {

// A step is computation, which the nodes share by shards, and communication (GradientExchange) of P
// parameters in float32. A node sends the gradients of its shards to the parameters' owners, and
// each owner sends its part of the new parameters to all. Sums are taken in the shards' order, so
// that results do not depend on the nodes: a node sends its shards' gradients one by one.
struct StepModel {
  double seconds = 0;  // of a step on one node
  double parameters = 0;
  std::int64_t batch = 0;
  std::int64_t shards_of_node = 1;  // a node's threads: each works on one shard at a time
  Network network;

  // The number of shards of a batch on `nodes` nodes: at most the number of samples.
  std::int64_t shards(std::int64_t nodes) const;
  double computation(std::int64_t nodes) const;    // seconds
  double communication(std::int64_t nodes) const;  // seconds
  // Steps per second relative to one node.
  double speedup(std::int64_t nodes) const;
};

// Seconds of a step's exchanges on a network, with `shards` distributed over `ranks`: four rounds
// of messages, and the bytes that the busiest rank sends or receives.
double exchange_seconds(const Network& network, double parameters, std::int64_t shards,
                        std::int64_t ranks);

}  // namespace seqrl::tools::bench

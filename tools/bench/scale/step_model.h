// A model of what a training step costs on several nodes.
#pragma once

#include <cstdint>

#include "tools/bench/scale/measured_ranks.h"

namespace seqrl::tools::bench {

// A step is computation, which the nodes share by shards, and communication (GradientExchange): of
// P parameters in float32 a node sends the gradients of its shards to the parameters' owners, and
// each owner its part of the new parameters to all. Sums are made in the shards' order, so that
// results do not depend on the nodes: a node sends its shards' gradients one by one.
struct StepModel {
  double seconds = 0;  // of a step on one node
  double parameters = 0;
  std::int64_t batch = 0;
  std::int64_t shards_of_node = 1;  // its threads: each works on one shard at a time
  Network network;

  // Shards of a batch on so many nodes: a batch has no more than it has samples.
  std::int64_t shards(std::int64_t nodes) const;
  double computation(std::int64_t nodes) const;    // seconds
  double communication(std::int64_t nodes) const;  // seconds
  // How many times as many steps a second as one node.
  double speedup(std::int64_t nodes) const;
};

// Seconds that a step's exchanges take on a network, where `shards` are dealt out to `ranks`: four
// rounds of messages, and what the rank that has most to do sends or receives.
double exchange_seconds(const Network& network, double parameters, std::int64_t shards,
                        std::int64_t ranks);

}  // namespace seqrl::tools::bench

// Measures the traffic of a communicator and its time.
#pragma once

#include <cstdint>
#include <vector>

#include "models/training/communicator.h"

namespace seqrl::tools::bench {

// Forwards to another communicator, and counts the traffic.
class MeasuredRanks : public Communicator {
 public:
  explicit MeasuredRanks(Communicator& ranks) : ranks_(ranks) {}

  int rank() const override { return ranks_.rank(); }
  int ranks() const override { return ranks_.ranks(); }
  int threads() const override { return ranks_.threads(); }
  bool stop_asked() const override { return ranks_.stop_asked(); }
  void exchange(std::span<const Message> sends, std::span<const Message> receives) override;

  struct Traffic {
    std::int64_t bytes_sent = 0, bytes_received = 0, messages_sent = 0, calls = 0;
    double seconds = 0;  // in exchange()
    double waited = 0;   // of `seconds`, if waits are measured separately
  };
  // The traffic since the last call.
  Traffic take();

  // From now on makes the ranks meet before each exchange, which costs a little. The time until the
  // last rank arrives is `waited`.
  void tell_waits_apart(bool apart) { apart_ = apart; }

 private:
  Communicator& ranks_;
  Traffic traffic_;
  bool apart_ = false;
};

// A network between two ranks.
struct Network {
  double latency = 0;    // seconds of an empty message
  double bandwidth = 0;  // bytes per second, one way
};

// Measures the network between rank 0 and the last rank, by messages back and forth. All ranks call
// it and receive the same result.
Network measure_network(Communicator& ranks);

}  // namespace seqrl::tools::bench

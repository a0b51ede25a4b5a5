// A decoding policy maps network outputs to actions in a box or to choices, which it may sample.
#pragma once

#include "agents/policies/action_decoder.h"
#include "agents/policies/stochastic_policy.h"

namespace seqrl {

// A subclass passes its network's outputs to decoder(), and calls its begin, keep and fork with its
// episodes.
class DecodingPolicy : public StochasticPolicy {
 public:
  explicit DecodingPolicy(const ActionScale& scale) : decoder_(scale) {}

  void sample(std::uint64_t seed, std::span<const std::uint32_t> episodes) override {
    decoder_.sample(seed, episodes);
  }
  std::span<const double> log_probabilities() const override {
    return decoder_.log_probabilities();
  }
  // Calls sample() after every begin(), for the episodes first, first + 1, ….
  void sample_from(std::uint64_t seed, std::uint32_t first) { decoder_.sample_from(seed, first); }

 protected:
  ActionDecoder& decoder() { return decoder_; }
  // For fork(): continues as `other` with these episodes.
  void decode_as(const DecodingPolicy& other, std::span<const std::int64_t> rows) {
    decoder_ = other.decoder_;
    decoder_.keep(rows);
  }

 private:
  ActionDecoder decoder_;
};

}  // namespace seqrl

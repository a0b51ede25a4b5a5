// A backbone set up for timing: parameters with values, and a share of the batch for each thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "configs/base/thread_pool.h"
#include "models/backbones/registry.h"
#include "models/nn/packed_weights.h"
#include "tools/costs/costs.h"

namespace seqrl::tools {

// A backbone with parameters and tapes, for timing passes over random tokens. Each thread has its
// own tape.
class MeasuredBackbone {
 public:
  // The backbone `kind` with the config's size: recurrent cells without an MLP, a Transformer with
  // its MLP. An Error of kind user for an unknown kind.
  MeasuredBackbone(const std::string& kind, const CostConfig& config, bool trains);

  // Splits `batch` among at most `threads` tapes. The tapes' memory starts empty.
  void share(std::int64_t batch, int threads);

  // Runs sequences (batch, time, dim) through forward, a loss and backward, in parts as a Trainer
  // does.
  void training_pass(std::int64_t time, ThreadPool& pool);

  // begin_sequences() resets the sequences; read() reads the next (batch, time, dim) tokens.
  void begin_sequences();
  void read(std::int64_t time, ThreadPool& pool);

  std::size_t bytes() const;  // of all tapes

 private:
  struct Share {
    std::int64_t batch;
    Tape tape;
    std::optional<State> state;
    Storage gradients;
    Storage inputs = {};  // random numbers, as many as the longest pass so far read
  };

  static void grow_inputs(Share& share, std::int64_t count);
  static Tensor input(Share& share, const Shape& shape);
  Tensor loss_of_part(Share& share, std::int64_t batch, std::int64_t time) const;

  std::int64_t dim_;
  bool trains_;
  std::unique_ptr<Module> root_;
  const Backbone* backbone_ = nullptr;  // of the root, unless it is a stepwise cell
  std::unique_ptr<ParameterBlock> block_;
  std::unique_ptr<PackedWeights> packed_;
  std::vector<std::unique_ptr<Share>> shares_;
};

// The median time of `pass` in seconds: one call to warm up, then calls for config.seconds. Nothing
// if `stop` became true.
std::optional<double> median_seconds(const std::function<void()>& pass, const CostConfig& config,
                                     const std::function<bool()>& stop);

}  // namespace seqrl::tools

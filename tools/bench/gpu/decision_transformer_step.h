// A Decision Transformer's training step on a batch that stays on the device.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/backbones/registry.h"
#include "models/nn/layers.h"
#include "models/training/trainer.h"

namespace seqrl::tools::bench {

// The sizes of hopper, the same as in tools/bench/peers/dt_step_torch.py.
struct StepSizes {
  std::int64_t batch = 64, context = 20, dim = 128, layers = 3;
  std::int64_t observation = 11, action = 3, longest = 1000;
};

// Embeds return-to-go, observation and action, adds the timestep's embedding, normalises, and
// predicts the next action from every observation's token.
class DecisionTransformerStep : public Objective {
 public:
  DecisionTransformerStep(const std::string& backbone, const StepSizes& sizes, Device device);

  void begin_step(std::int64_t) override {}
  Tensor loss(Tape& tape, const Shard& shard) override;
  bool same_work_each_step() const override { return true; }
  ParameterBlock& block() { return *block_; }

 private:
  struct Model : Module {
    Model(const std::string& kind, const StepSizes& sizes);
    std::unique_ptr<Backbone> backbone;
    Linear embed_return, embed_observation, embed_action;
    Parameter embed_time;
    LayerNorm norm;
    Linear head;
  };
  // A part of the batch in the device's memory: random numbers, or integers below `bound`.
  Tensor resident(Shape shape, std::int32_t bound = 0);

  StepSizes sizes_;
  Device device_;
  Model model_;
  std::unique_ptr<ParameterBlock> block_;
  std::vector<Storage> storage_;
  Tensor returns_, observations_, actions_, times_, mask_;
};

}  // namespace seqrl::tools::bench

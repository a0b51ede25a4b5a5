// A small objective for tests of training steps on a device.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "models/nn/layers.h"
#include "models/ops/elementwise.h"
#include "models/ops/loss.h"
#include "models/training/trainer.h"
#include "tests/models/cuda/compare.h"

namespace seqrl {

// A regression with its batch in the device's memory, where it is written before every step.
struct ResidentRegression : Objective {
  static constexpr std::int64_t kSamples = 6, kInputs = 5;
  struct Model : Module {
    Model() : Module(nullptr, "") {}
    Linear up{this, "up", kInputs, 16, Activation::gelu}, down{this, "down", 16, 1};
  } model;
  ParameterBlock block;
  bool repeats;
  std::int64_t poisoned = -1;  // the step whose batch holds a NaN
  Storage memory;
  Tensor batch;
  int losses = 0;  // number of calls of loss()

  ResidentRegression(Device device, bool repeats_)
      : block(model, DType::f32, 3, device),
        repeats(repeats_),
        memory(kSamples * kInputs * sizeof(float), device),
        batch(memory.data(), {kSamples, kInputs}, DType::f32, device) {}

  bool same_work_each_step() const override { return repeats; }
  void begin_step(std::int64_t step) override {
    Random random(5, Purpose::batch, static_cast<std::uint64_t>(step));
    std::vector<float> values(kSamples * kInputs);
    for (float& x : values) x = static_cast<float>(random.uniform(-1, 1));
    if (step == poisoned) values[3] = std::numeric_limits<float>::quiet_NaN();
    write<float>(values, batch);
  }
  Tensor loss(Tape& tape, const Shard& shard) override {
    ++losses;
    const std::int64_t n = shard.size();
    const Tensor x = tape.constant({n, kInputs}, DType::f32);
    copy(Tensor(batch.data<float>() + shard.first * kInputs, x.shape(), DType::f32, batch.device()),
         x);
    const std::vector<float> one(static_cast<std::size_t>(n), 1.0f);
    const Tensor target = tape.constant({n, 1}, DType::f32), mask = tape.constant({n}, DType::f32);
    runtime_of(tape.device()).fill(target.data<float>(), 0.5f, one.size());
    runtime_of(tape.device()).fill(mask.data<float>(), 1.0f, one.size());
    return masked_mean_squared_error(model.down(dropout(model.up(x), 0.2)), target, mask, kSamples);
  }

  static TrainerOptions options() {
    return {.batch = kSamples, .shards = 3, .lr = 1e-2, .warmup = 4, .adamw = {.clip = 0.1}};
  }
};

}  // namespace seqrl

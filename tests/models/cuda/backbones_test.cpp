// Whole backbones on CUDA against the CPU: outputs, gradients, stepping from a state, training.
#include <cmath>

#include "models/backbones/registry.h"
#include "models/core/to_tensor.h"
#include "models/nn/layers.h"
#include "models/ops/loss.h"
#include "models/ops/tokens.h"
#include "models/training/trainer.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"
#include "tests/models/cuda/device_under_test.h"

using namespace seqrl;

namespace {

constexpr std::int64_t kDim = 16;

BackboneSection small(const std::string& kind) {
  BackboneSection section;
  section.choose(kind);
  section.shared().dim = kDim;
  section.shared().layers = 2;
  return section;
}

// |a − b| ≤ 1e-5 + 1e-4·|b|, the tolerance between devices.
std::string difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return "sizes differ";
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(std::abs(a[i] - b[i]) <= 1e-5f + 1e-4f * std::abs(b[i]))) {
      return "element " + std::to_string(i) + ": " + std::to_string(a[i]) + ", expected " +
             std::to_string(b[i]);
    }
  }
  return "";
}

struct Instance {
  Instance(const std::string& kind, Device device)
      : backbone(make_backbone(nullptr, small(kind))), block(*backbone, DType::f32, 1, device) {}

  Tensor input(Tape& tape, std::int64_t batch, std::int64_t time) const {
    const auto drawn = draws(batch * time * kDim, 0);
    const Tensor x = tape.output({batch, time, kDim}, DType::f32);
    write<float>(std::vector<float>(drawn.begin(), drawn.end()), x);
    return x;
  }

  // The outputs of a pass, and the gradients of its input and of the parameters.
  std::vector<std::vector<float>> pass() const {
    const Storage storage = block.make_buffer();
    const Tensor gradient(storage.data(), block.flat().shape(), DType::f32, block.device());
    Tape tape(block.device());
    tape.begin({.record = true});
    tape.set_parameter_gradients(gradient);
    const Tensor x = input(tape, 5, 37);
    const Tensor y = backbone->forward(x);
    tape.backward(y);
    return {values_of<float>(y), values_of<float>(tape.gradient(x)), values_of<float>(gradient)};
  }

  // The outputs for chunks of two sequences, each continuing from the state.
  std::vector<float> chunks(const std::vector<std::int64_t>& cuts) const {
    State state = backbone->initial_state(2);
    std::vector<float> outputs;
    Tape tape(block.device());
    std::int64_t begin = 0;
    for (const std::int64_t count : cuts) {
      tape.begin({});
      const auto drawn = draws(2 * count * kDim, static_cast<std::uint32_t>(begin));
      const Tensor x =
          make_constant(tape, {2, count, kDim}, std::vector<float>(drawn.begin(), drawn.end()));
      const auto y = values_of<float>(backbone->forward(x, &state));
      outputs.insert(outputs.end(), y.begin(), y.end());
      begin += count;
    }
    return outputs;
  }

  std::unique_ptr<Backbone> backbone;
  ParameterBlock block;
};

// Predicts the sum of the inputs so far, for random sequences; every batch is a function of the
// step.
struct Task : Objective {
  struct Model : Module {
    explicit Model(const std::string& kind)
        : Module(nullptr, ""), backbone(make_backbone(this, small(kind))) {}
    std::unique_ptr<Backbone> backbone;
    Linear head{this, "head", kDim, 1};
  } model;
  ParameterBlock block;
  std::int64_t now = 0;

  Task(const std::string& kind, Device device) : model(kind), block(model, DType::f32, 3, device) {}

  void begin_step(std::int64_t step) override { now = step; }
  Tensor loss(Tape& tape, const Shard& shard) override {
    constexpr std::int64_t time = 5;
    std::vector<double> x, y;
    for (std::int64_t sample = shard.first; sample < shard.last; ++sample) {
      Random random(5, Purpose::batch, static_cast<std::uint64_t>(now),
                    static_cast<std::uint32_t>(sample));
      double sum = 0;
      for (std::int64_t t = 0; t < time; ++t) {
        for (std::int64_t i = 0; i < kDim; ++i) {
          x.push_back(random.uniform(-1, 1));
          if (i == 0) sum += 0.3 * x.back();
        }
        y.push_back(sum);
      }
    }
    const std::int64_t n = shard.size();
    const Tensor tokens = to_tensor(tape, x.data(), {n, time, kDim}, DType::f32);
    const Tensor target = to_tensor(tape, y.data(), {n, time, 1}, DType::f32);
    const std::vector<double> ones(static_cast<std::size_t>(n * time), 1.0);
    const Tensor mask = to_tensor(tape, ones.data(), {n, time}, DType::f32);
    return masked_mean_squared_error(model.head(model.backbone->forward(tokens)), target, mask,
                                     7.0 * time);
  }
};

std::vector<double> losses(const std::string& kind, Device device, std::vector<float>* weights) {
  Task task(kind, device);
  ThreadPool pool(1);
  Trainer trainer(task.block, task, {.batch = 7, .shards = 3, .lr = 3e-3, .warmup = 5}, pool);
  std::vector<double> losses;
  for (std::int64_t step = 0; step < 15; ++step) {
    trainer.step(step);
    losses.push_back(trainer.wait().loss);
  }
  *weights = values_of<float>(task.block.flat());
  return losses;
}

}  // namespace

TEST_CASE("backbones on CUDA match the CPU's outputs and gradients, and are deterministic") {
  CHECK(backbone_names().size() >= 6);
  for (const std::string& kind : backbone_names()) {
    const Instance cpu(kind, Device::cpu), cuda(kind, Device::cuda);
    const auto expected = cpu.pass(), ours = cuda.pass();
    run_threads_backwards(true);
    const auto again = cuda.pass();
    run_threads_backwards(false);
    for (std::size_t part = 0; part < expected.size(); ++part) {
      CAPTURE(kind, part);
      CHECK(difference(ours[part], expected[part]) == "");
      CHECK(again[part] == ours[part]);
    }
  }
}

TEST_CASE("backbones on CUDA continue from their state as on the CPU") {
  for (const std::string& kind : backbone_names()) {
    CAPTURE(kind);
    const std::vector<std::int64_t> cuts = {1, 2, 7, 33, 1, 40};
    const Instance cpu(kind, Device::cpu), cuda(kind, Device::cuda);
    CHECK(difference(cuda.chunks(cuts), cpu.chunks(cuts)) == "");
  }
}

TEST_CASE("training on CUDA matches the CPU's losses, including dropout, and is deterministic") {
  for (const std::string& kind : backbone_names()) {
    CAPTURE(kind);
    std::vector<float> cpu_weights, weights, again_weights;
    const auto expected = losses(kind, Device::cpu, &cpu_weights);
    const auto ours = losses(kind, Device::cuda, &weights);
    REQUIRE(ours.size() == expected.size());
    for (std::size_t step = 0; step < ours.size(); ++step) {
      CHECK(ours[step] == Approx(expected[step]).epsilon(1e-3));
    }
    CHECK(expected.back() < expected.front());
    run_threads_backwards(true);
    losses(kind, Device::cuda, &again_weights);
    run_threads_backwards(false);
    CHECK(again_weights == weights);
  }
}

// The speed of seqrl's kernels on a GPU, one figure a line: NAME, a tab, the value, a tab, the
// unit. tools/bench/gpu.sh puts them beside PyTorch's.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <utility>

#include "models/ops/cuda/scan.h"
#include "models/ops/matrix_product.h"
#include "tools/bench/gpu/decision_transformer_step.h"
#include "tools/bench/gpu/measure.h"
#include "tools/bench/gpu/recurrent.h"
#include "tools/bench/hardware.h"

namespace seqrl::tools::bench {
namespace {

const std::pair<Precision, const char*> kPrecisions[] = {
    {Precision::float32, "float32"}, {Precision::tf32, "tf32"}, {Precision::bf16, "bf16"}};

// What no step can be faster than: its products at their peak, its kernels one after the other.
void bench_hardware() {
  for (const auto& [precision, name] : kPrecisions) {
    print(fmt::format("products of 4096, {}", name), peak_gflops_of_gpu(precision) * 1e-3,
          "TFLOP/s");
  }
  constexpr int kKernels = 200;
  const Storage one(sizeof(float), Device::cuda);
  const auto graph = runtime_of(Device::cuda).capture([&] {
    for (int i = 0; i < kKernels; ++i) {
      runtime_of(Device::cuda).fill(reinterpret_cast<float*>(one.data()), 1.0f, 1);
    }
  });
  print("the smallest kernel of a graph",
        seconds_each(50, [&] { graph->replay(); }) / kKernels * 1e6, "us");
}

void bench_scans() {
  constexpr std::int64_t kDim = 256, kElements = 64 * 4096 * kDim;
  const auto bytes = static_cast<std::size_t>(kElements) * sizeof(float);
  std::vector<Storage> storage;
  for (int i = 0; i < 6; ++i) storage.emplace_back(bytes, Device::cuda);
  const auto at = [&](int i) {
    return reinterpret_cast<float*>(storage[static_cast<std::size_t>(i)].data());
  };
  const double copied =
      seconds_each(20, [&] { runtime_of(Device::cuda).copy(at(1), at(0), bytes); });
  const double bandwidth = 2 * static_cast<double>(bytes) / copied;
  print("copy on the device", bandwidth * 1e-9, "GB/s");
  for (const std::int64_t time : {20, 128, 512, 4096, 65536}) {
    const std::int64_t batch = std::min<std::int64_t>(64, kElements / (time * kDim));
    const cuda::ScanSize size{batch, time, kDim, 0};
    const Storage scratch(static_cast<std::size_t>(cuda::scan_scratch(size)) * sizeof(float),
                          Device::cuda);
    auto* work = reinterpret_cast<float*>(scratch.data());
    const double element = static_cast<double>(batch * time * kDim) * sizeof(float);
    const double forward = seconds_each(
        20, [&] { cuda::linear_recurrence<float>(size, at(0), at(1), at(2), at(3), work); });
    const double backward = seconds_each(20, [&] {
      cuda::linear_recurrence_backward<float>(size, at(0), at(2), at(3), at(1), work,
                                              {at(4), false}, {at(5), false}, nullptr);
    });
    const std::string shape = fmt::format("T={} B={} D={}", time, batch, kDim);
    print("scan forward " + shape, forward * 1e6, "us");
    print("scan forward, of the copy's bandwidth " + shape, 3 * element / forward / bandwidth, "x");
    print("scan backward " + shape, backward * 1e6, "us");
    print("scan backward, of the copy's bandwidth " + shape, 5 * element / backward / bandwidth,
          "x");
  }
}

struct StepCost {
  double seconds;
  std::size_t bytes;    // allocated while it runs: parameters, optimizer, activations, gradients
  std::size_t kernels;  // and clears and copies
};

// One of `count` training steps, each a replay of one graph.
StepCost cost_of_step(const char* kind, std::int64_t batch, Precision precision, int count) {
  const std::size_t before = runtime_of(Device::cuda).allocated();
  DecisionTransformerStep step(kind, {.batch = batch}, Device::cuda);
  ThreadPool pool(1);
  Trainer trainer(step.block(), step, {.batch = batch, .shards = 1, .precision = precision}, pool);
  std::int64_t number = 0;
  const double seconds = seconds_each(count, [&] { trainer.step(number++); });
  return {seconds, runtime_of(Device::cuda).allocated() - before, trainer.graph_size()};
}

// Of a step's products, counted on the CPU.
double flops_of_step(const char* kind, std::int64_t batch) {
  constexpr std::int64_t kSmall = 4;
  DecisionTransformerStep step(kind, {.batch = kSmall}, Device::cpu);
  ThreadPool pool(1);
  Trainer trainer(step.block(), step, {.batch = kSmall, .shards = 1}, pool);
  const std::uint64_t before = matrix_flops();
  trainer.step(0);
  return static_cast<double>(matrix_flops() - before) / kSmall * static_cast<double>(batch);
}

void bench_steps() {
  for (const std::int64_t batch : {64, 4096}) {
    for (const char* kind : {"min_gru", "min_lstm", "gru", "lstm", "mamba", "transformer"}) {
      const auto cost = [&](Precision precision) {
        return cost_of_step(kind, batch, precision, batch > 1000 ? 50 : 1000);
      };
      const std::string name = fmt::format("DT step {} batch {}", kind, batch);
      const StepCost plain = cost(Precision::float32);
      print(name, plain.seconds * 1e3, "ms");
      print(name + ", of its products", flops_of_step(kind, batch) / plain.seconds * 1e-12,
            "TFLOP/s");
      print(name + ", peak memory", static_cast<double>(plain.bytes) / (1 << 20), "MiB");
      print(name + ", kernels, clears and copies", static_cast<double>(plain.kernels), "");
      print(name + ", tf32", cost(Precision::tf32).seconds * 1e3, "ms");
      print(name + ", bf16", cost(Precision::bf16).seconds * 1e3, "ms");
    }
  }
  constexpr int kSteps = 100'000;
  print("100,000 DT steps min_gru batch 64",
        kSteps * cost_of_step("min_gru", 64, Precision::float32, kSteps).seconds, "s");
}

}  // namespace
}  // namespace seqrl::tools::bench

int main() {
  try {
    seqrl::tools::bench::bench_hardware();
    seqrl::tools::bench::bench_scans();
    seqrl::tools::bench::bench_steps();
    return seqrl::tools::bench::bench_recurrent() ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}

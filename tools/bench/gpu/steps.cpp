#include "tools/bench/gpu/steps.h"

#include <fmt/format.h>

#include "configs/base/stopwatch.h"
#include "models/ops/flops.h"

namespace seqrl::tools::bench {
namespace {

struct Training {
  Training(const std::string& backbone, const StepSizes& sizes, Device device, Precision precision)
      : step(backbone, sizes, device),
        trainer(step.block(), step, {.batch = sizes.batch, .shards = 1, .precision = precision},
                pool) {}

  DecisionTransformerStep step;
  ThreadPool pool{1};
  Trainer trainer;
};

// The operations of a step's products, counted on the CPU for a few samples of the batch.
double flops_of_step(const std::string& backbone, const StepSizes& sizes) {
  StepSizes few = sizes;
  few.batch = 4;
  Training training(backbone, few, Device::cpu, Precision::float32);
  const std::uint64_t before = counted_flops();
  training.trainer.step(0);
  return static_cast<double>(counted_flops() - before) / static_cast<double>(few.batch) *
         static_cast<double>(sizes.batch);
}

// In the format of tools/bench/peers/dt_step_torch.py.
std::string suffix(Precision precision) {
  switch (precision) {
    case Precision::tf32:
      return ", tf32";
    case Precision::bf16:
      return ", bf16";
    case Precision::float32:
      break;
  }
  return "";
}

double mebibytes(std::size_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

}  // namespace

void bench_step(const std::string& backbone, const StepSizes& sizes, Precision precision, int count,
                const Report& report) {
  const DeviceRuntime& device = runtime_of(Device::cuda);
  const std::size_t allocated = device.allocated(), in_use = memory_in_use();
  Training training(backbone, sizes, Device::cuda, precision);
  std::int64_t number = 0;
  const double seconds = seconds_each(count, [&] { training.trainer.step(number++); });
  if (!training.trainer.wait().finite()) fail("{}: a step's loss is not finite", backbone);
  const std::string name = fmt::format("DT step {} batch {}", backbone, sizes.batch);
  const std::string how = suffix(precision);
  report(name + how, seconds * 1e3, "ms");
  report(name + ", of its products" + how, flops_of_step(backbone, sizes) / seconds * 1e-12,
         "TFLOP/s");
  report(name + ", nodes of its graph" + how, static_cast<double>(training.trainer.graph_size()),
         "");
  report(name + ", memory allocated" + how, mebibytes(device.allocated() - allocated), "MiB");
  report(name + ", memory taken of the device" + how, mebibytes(memory_in_use() - in_use), "MiB");
}

void bench_run(const std::string& backbone, const StepSizes& sizes, Precision precision, int count,
               const Report& report) {
  const Stopwatch watch;
  Training training(backbone, sizes, Device::cuda, precision);
  for (int number = 0; number < count; ++number) training.trainer.step(number);
  if (!training.trainer.wait().finite()) fail("{}: a step's loss is not finite", backbone);
  report(fmt::format("{} DT steps {} batch {}{}", count, backbone, sizes.batch, suffix(precision)),
         watch.seconds(), "s");
}

}  // namespace seqrl::tools::bench

#include "models/training/graph_step.h"

#include <fmt/format.h>

#include "tests/catch.h"
#include "tests/models/cuda/device_under_test.h"
#include "tests/models/cuda/regression.h"
#include "tools/bench/gpu/decision_transformer_step.h"

using namespace seqrl;
using namespace seqrl::tools;

namespace {

using Regression = ResidentRegression;

TrainerOptions options() {
  return Regression::options();
}

// Kernels, clears and copies of a Decision Transformer's captured step.
std::size_t nodes_of_step(const char* backbone, const tools::bench::StepSizes& sizes) {
  tools::bench::DecisionTransformerStep step(backbone, sizes, Device::cuda);
  ThreadPool pool(1);
  Trainer trainer(step.block(), step, {.batch = sizes.batch, .shards = 1}, pool);
  for (std::int64_t number = 0; number < 3; ++number) trainer.step(number);
  CHECK(trainer.wait().finite());
  return trainer.graph_size();
}

}  // namespace

TEST_CASE("a captured step gives the same values as an uncaptured one, and matches the CPU") {
  Regression captured(Device::cuda, true), eager(Device::cuda, false), cpu(Device::cpu, true);
  ThreadPool pool(1);
  Trainer one(captured.block, captured, options(), pool), two(eager.block, eager, options(), pool),
      three(cpu.block, cpu, options(), pool);
  double sum = 0;
  for (std::int64_t step = 0; step < 12; ++step) {
    one.step(step);
    two.step(step);
    const auto expected = three.step(step);
    const auto result = one.wait();
    CHECK(result.step == step);
    CHECK(result.lr == expected.lr);
    CHECK(result.loss == Approx(expected.loss).epsilon(1e-4));
    CHECK(result.gradient_norm == Approx(expected.gradient_norm).epsilon(1e-4));
    CHECK(result.loss == two.wait().loss);
    sum += result.loss;
  }
  CHECK(values_of<float>(captured.block.flat()) == values_of<float>(eager.block.flat()));
  CHECK(one.loss_sum().steps == 12);
  CHECK(one.loss_sum().sum == sum);
  CHECK(eager.losses == 12);
  CHECK(captured.losses == 3);  // two to measure the memory, one to be captured
  CHECK(one.optimizer().updates() == 12);
  one.take_metrics();
  CHECK(one.loss_sum().steps == 0);
}

TEST_CASE("a step's graph has a size after it is captured") {
  Regression task(Device::cuda, true);
  ThreadPool pool(1);
  Trainer trainer(task.block, task, options(), pool);
  for (std::int64_t step = 0; step < 2; ++step) trainer.step(step);
  CHECK(trainer.graph_size() == 0);
  trainer.step(2);
  CHECK(trainer.graph_size() > 0);
}

// Prints what a Decision Transformer's step requests from the device: test_cuda "[.kernels]".
TEST_CASE("kernels, clears and copies of a backbone's step", "[.kernels]") {
  for (const char* kind : {"min_gru", "min_lstm", "gru", "lstm", "mamba", "transformer"}) {
    fmt::print("{}\t{}\n", kind, nodes_of_step(kind, {.batch = 2}));
  }
}

TEST_CASE("a backbone's step has the documented number of kernels, clears and copies") {
  if (!emulated()) return;  // cuBLASLt may split a product
  const tools::bench::StepSizes small{.batch = 2, .context = 3, .dim = 32};
  CHECK(nodes_of_step("min_gru", small) == 73);
  CHECK(nodes_of_step("min_lstm", small) == 73);
  CHECK(nodes_of_step("gru", small) == 79);
  CHECK(nodes_of_step("lstm", small) == 79);
  CHECK(nodes_of_step("mamba", small) == 99);
  CHECK(nodes_of_step("transformer", small) == 73);
}

TEST_CASE("a device stops learning at the first non-finite step and reports its number") {
  for (const std::int64_t bad : {0, 1, 2, 7}) {
    CAPTURE(bad);
    Regression task(Device::cuda, true), good(Device::cuda, true);
    task.poisoned = bad;
    ThreadPool pool(1);
    Trainer trainer(task.block, task, options(), pool), other(good.block, good, options(), pool);
    for (std::int64_t step = 0; step < bad; ++step) other.step(step);
    for (std::int64_t step = 0; step < 10; ++step) trainer.step(step);
    const auto result = trainer.wait();
    CHECK_FALSE(result.finite());
    CHECK(result.step == bad);
    CHECK(trainer.optimizer().updates() == bad);
    CHECK(values_of<float>(task.block.flat()) == values_of<float>(good.block.flat()));
    CHECK(values_of<float>(trainer.optimizer().second_moment()) ==
          values_of<float>(other.optimizer().second_moment()));
  }
}

TEST_CASE("lower product precision changes a step only within its rounding error") {
  const auto loss_of = [](Precision precision) {
    Regression task(Device::cuda, true);
    ThreadPool pool(1);
    TrainerOptions chosen = options();
    chosen.precision = precision;
    Trainer trainer(task.block, task, chosen, pool);
    for (std::int64_t step = 0; step < 6; ++step) trainer.step(step);
    return trainer.wait().loss;
  };
  const double exact = loss_of(Precision::float32);
  if (emulated()) CHECK(loss_of(Precision::tf32) != exact);
  CHECK(loss_of(Precision::tf32) == Approx(exact).epsilon(2e-3));
  if (emulated()) CHECK(loss_of(Precision::bf16) != exact);
  CHECK(loss_of(Precision::bf16) == Approx(exact).epsilon(2e-2));
}

#include "models/training/trainer.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "configs/base/files.h"
#include "models/nn/layers.h"
#include "models/ops/elementwise.h"
#include "models/ops/loss.h"
#include "models/training/checkpoint.h"
#include "models/training/shards.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"
#include "tests/temporary_folder.h"
#include "tests/thread_ranks.h"

using namespace seqrl;

namespace {

// Learns y = sin-like targets from random inputs; every batch is a function of the step.
struct Regression : Objective {
  struct Model : Module {
    explicit Model(std::int64_t width_) : Module(nullptr, ""), width(width_) {}
    std::int64_t width;
    Linear up{this, "up", 6, width, Activation::gelu};
    LayerNorm norm{this, "norm", width};
    Linear down{this, "down", width, 2, Activation::tanh};
  } model;
  ParameterBlock block{model, DType::f32, 11};
  std::int64_t broken = -1;  // a row whose target is not finite
  std::int64_t now = 0, batch, tokens = 0;
  double dropped = 0.05;
  std::vector<Shard> seen;  // if a single thread asks
  explicit Regression(std::int64_t batch_size, std::int64_t width = 40)
      : model(width), batch(batch_size) {}

  SampleSize sample_size() const override { return {.tokens = tokens}; }
  void begin_step(std::int64_t step) override { now = step; }
  Tensor loss(Tape& tape, const Shard& shard) override {
    if (tokens > 0) seen.push_back(shard);
    const std::int64_t n = shard.size();
    const Tensor x = tape.constant({n, 6}, DType::f32), y = tape.constant({n, 2}, DType::f32);
    const Tensor mask = tape.constant({n}, DType::f32);
    for (std::int64_t i = 0; i < n; ++i) {
      Random random(5, Purpose::batch, static_cast<std::uint64_t>(now),
                    static_cast<std::uint32_t>(shard.first + i));
      float sum = 0;
      for (int j = 0; j < 6; ++j) {
        sum += x.data<float>()[i * 6 + j] = static_cast<float>(random.uniform(-1, 1));
      }
      y.data<float>()[i * 2] = 0.3f * sum;
      y.data<float>()[i * 2 + 1] = x.data<float>()[i * 6];
      mask.data<float>()[i] = 1;
      if (shard.first + i == broken)
        y.data<float>()[i * 2] = std::numeric_limits<float>::infinity();
    }
    const Tensor hidden = dropout(model.norm(model.up(x)), dropped);
    return masked_mean_squared_error(model.down(hidden), y, mask, static_cast<double>(batch));
  }
};

std::string bytes_of(const ParameterBlock& block) {
  const Tensor flat = block.flat();
  return {static_cast<const char*>(flat.raw()), flat.bytes()};
}

const TrainerOptions kOptions{.batch = 30, .shards = 7, .lr = 1e-2, .warmup = 10};

// The results of a trainer after 15 steps: weights, on rank 0 with its checkpoint, and loss.
struct Trained {
  std::string weights;
  double loss = 0, norm = 0;
};

Trained trained_on(Communicator& ranks, const std::filesystem::path& file, std::int64_t from = 0) {
  Regression task(30, 4000);  // several pieces of an optimizer
  ThreadPool pool(1);
  TrainerOptions options = kOptions;
  options.ranks = &ranks;
  Trainer trainer(task.block, task, options, pool);
  if (from > 0) {
    const CheckpointReader reader(file);
    reader.read(task.block, "");
    trainer.load(reader);
  }
  for (std::int64_t s = from; s < from + 15; ++s) trainer.step(s);
  Trained result{bytes_of(task.block), trainer.wait().loss, trainer.wait().gradient_norm};
  CheckpointWriter writer;
  writer.add(task.block, "");
  trainer.save(writer);
  if (!ranks.is_first()) return result;
  writer.write(file);
  result.weights += read_file(file);
  return result;
}

std::string weights_after(int threads, std::int64_t steps) {
  Regression task(30);
  ThreadPool pool(threads);
  Trainer trainer(task.block, task, kOptions, pool);
  for (std::int64_t s = 0; s < steps; ++s) trainer.step(s);
  return bytes_of(task.block);
}

}  // namespace

TEST_CASE("weights are byte-identical for any number of threads") {
  const std::string one = weights_after(1, 30);
  CHECK(weights_after(2, 30) == one);
  CHECK(weights_after(4, 30) == one);
}

TEST_CASE(
    "weights and checkpoints are byte-identical for any number of ranks, also after a change") {
  const TemporaryFolder folder;
  const Trained early = trained_on(single_process(), folder / "alone");
  const Trained late = trained_on(single_process(), folder / "alone", 15);
  for (const int count : {2, 3, 4, 8, 9}) {  // 9: more than there are shards
    const std::filesystem::path file = folder / std::to_string(count);
    std::vector<Trained> results(9);
    const auto train = [&](std::int64_t from) {
      return [&, from](Communicator& ranks) {
        results[static_cast<std::size_t>(ranks.rank())] = trained_on(ranks, file, from);
      };
    };
    ThreadRanks(count).run(train(0));
    for (int rank = 0; rank < count; ++rank) {
      const Trained& result = results[static_cast<std::size_t>(rank)];
      CHECK(early.weights.starts_with(result.weights));
      CHECK(result.loss == early.loss);
      CHECK(result.norm == early.norm);
    }
    CHECK(results[0].weights == early.weights);
    ThreadRanks(count == 2 ? 4 : 2).run(train(15));
    CHECK(results[0].weights == late.weights);
  }
}

TEST_CASE("a non-finite loss on one rank changes nothing on any rank") {
  ThreadRanks(3).run([](Communicator& ranks) {
    Regression task(30);
    ThreadPool pool(1);
    TrainerOptions options = kOptions;
    options.ranks = &ranks;
    Trainer trainer(task.block, task, options, pool);
    const std::string before = bytes_of(task.block);
    task.broken = 29;  // in the last shard
    const StepResult result = trainer.step(0);
    if (result.finite() || bytes_of(task.block) != before) std::abort();
  });
}

TEST_CASE("long samples are processed in parts of a shard, with the same gradients") {
  ThreadPool pool(1);
  const TrainerOptions options{.batch = 30, .shards = 4, .lr = 1e-2, .warmup = 10};
  Regression whole(30), parts(30);
  whole.dropped = parts.dropped = 0;
  parts.tokens = kTokensOfPart / 3;  // of shards of 7 and 8 samples: 3 parts each
  Trainer in_whole(whole.block, whole, options, pool), in_parts(parts.block, parts, options, pool);
  for (std::int64_t s = 0; s < 5; ++s) {
    const StepResult a = in_whole.step(s), b = in_parts.step(s);
    CHECK(b.loss == Approx(a.loss).epsilon(1e-6));
    CHECK(b.gradient_norm == Approx(a.gradient_norm).epsilon(1e-5));
  }
  REQUIRE(parts.seen.size() == 5 * 12);
  std::int64_t next = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK(parts.seen[i].index == static_cast<int>(i));
    CHECK(parts.seen[i].first == std::exchange(next, parts.seen[i].last));
    CHECK(parts.seen[i].size() <= 3);
  }
  CHECK(next == 30);
}

TEST_CASE("a trainer reduces the loss") {
  Regression task(64);
  ThreadPool pool(2);
  Trainer trainer(task.block, task, {.batch = 64, .shards = 4, .lr = 1e-2, .warmup = 10}, pool);
  const double first = trainer.step(0).loss;
  double last = 0;
  for (std::int64_t s = 1; s < 300; ++s) last = trainer.step(s).loss;
  CHECK(last < 0.15 * first);
}

TEST_CASE("a trainer follows its schedule, which needs the number of steps") {
  Regression task(8);
  ThreadPool pool(1);
  TrainerOptions options{.batch = 8, .shards = 2, .lr = 1, .warmup = 2};
  options.schedule = Schedule::cosine;
  CHECK_THROWS_WITH(Trainer(task.block, task, options, pool),
                    "a cosine schedule needs the number of steps of the run, got 0");
  options.steps = 5;
  Trainer trainer(task.block, task, options, pool);
  CHECK(trainer.step(0).lr == 0.5);
  CHECK(trainer.step(1).lr == 1);
  CHECK(trainer.step(3).lr == Approx(0.5));
}

TEST_CASE("a trainer that was saved and loaded continues unchanged") {
  const std::string path = std::filesystem::temp_directory_path() / "trainer_test.safetensors";
  ThreadPool pool(1);
  const TrainerOptions options{.batch = 30, .shards = 3, .lr = 1e-2, .warmup = 10};
  Regression task(30), resumed(30);
  Trainer trainer(task.block, task, options, pool);
  for (std::int64_t s = 0; s < 5; ++s) trainer.step(s);
  CheckpointWriter written;
  written.add(task.block, "model.");
  trainer.save(written);
  written.write(path);

  const CheckpointReader checkpoint(path);
  std::filesystem::remove(path);
  checkpoint.read(resumed.block, "model.");
  Trainer other(resumed.block, resumed, options, pool);
  other.load(checkpoint);
  for (std::int64_t s = 5; s < 9; ++s) CHECK(other.step(s).loss == trainer.step(s).loss);
  CHECK(bytes_of(resumed.block) == bytes_of(task.block));
  CHECK(other.loss_sum().steps == 9);
  CHECK(other.take_metrics()[0].value == trainer.take_metrics()[0].value);
  CHECK(other.loss_sum().steps == 0);
}

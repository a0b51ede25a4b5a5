// Training steps on the GPUs of several ranks.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "configs/base/files.h"
#include "models/training/checkpoint.h"
#include "tests/catch.h"
#include "tests/models/cuda/device_under_test.h"
#include "tests/models/cuda/regression.h"
#include "tests/temporary_folder.h"
#include "tests/thread_ranks.h"

using namespace seqrl;

namespace {

// The results of a trainer: the weights and, on rank 0, the bytes of its checkpoint.
struct Trained {
  std::vector<float> weights;
  StepResult result;
  std::string checkpoint;
  std::size_t graph = 0;
};

struct RankedTraining {
  std::int64_t gpu_shards = 3, shards = 3, steps = 8, from = 0, poisoned = -1;
  bool repeats = true;

  Trained run(Communicator& ranks, const std::filesystem::path& file) const {
    ResidentRegression task(Device::cuda, repeats);
    task.poisoned = poisoned;
    ThreadPool pool(1);
    TrainerOptions options = ResidentRegression::options();
    options.shards = shards;
    options.gpu_shards = gpu_shards;
    options.ranks = &ranks;
    Trainer trainer(task.block, task, options, pool);
    if (from > 0) {
      const CheckpointReader reader(file);
      reader.read(task.block, "");
      trainer.load(reader);
    }
    for (std::int64_t step = from; step < from + steps; ++step) trainer.step(step);
    Trained trained{values_of<float>(task.block.flat()), trainer.wait(), "", trainer.graph_size()};
    CheckpointWriter writer;
    writer.add(task.block, "");
    trainer.save(writer);
    if (!ranks.is_first()) return trained;
    writer.write(file);
    trained.checkpoint = read_file(file);
    return trained;
  }

  // The same on each of several ranks.
  std::vector<Trained> run(int ranks, const std::filesystem::path& file) const {
    std::vector<Trained> all(static_cast<std::size_t>(ranks));
    ThreadRanks(ranks, ThreadRanks::Run::in_turn).run([&](Communicator& rank) {
      all[static_cast<std::size_t>(rank.rank())] = run(rank, file);
    });
    return all;
  }
};

void check_same(const std::vector<Trained>& ours, const Trained& expected) {
  for (const Trained& rank : ours) {
    CHECK(rank.weights == expected.weights);
    CHECK(rank.result.step == expected.result.step);
    CHECK(rank.result.gradient_norm == expected.result.gradient_norm);
    if (expected.result.finite()) CHECK(rank.result.loss == expected.result.loss);
  }
  CHECK(ours[0].checkpoint == expected.checkpoint);
}

}  // namespace

TEST_CASE(
    "ranks with a GPU each match one rank byte for byte, captured or not, and after a change") {
  const TemporaryFolder folder;
  for (const bool repeats : {true, false}) {
    for (const std::int64_t gpu_shards : {1, 2, 3}) {
      CAPTURE(repeats, gpu_shards);
      RankedTraining early{.gpu_shards = gpu_shards, .repeats = repeats}, late = early;
      late.from = early.steps;
      const Trained first = early.run(single_process(), folder / "alone"),
                    second = late.run(single_process(), folder / "alone");
      CHECK(first.result.finite());
      for (const int ranks : {2, 3, 5}) {  // 5: more than there are parts
        CAPTURE(ranks);
        check_same(early.run(ranks, folder / "together"), first);
        run_threads_backwards(true);
        check_same(late.run(ranks == 2 ? 3 : 2, folder / "together"), second);
        run_threads_backwards(false);
      }
    }
  }
}

TEST_CASE("parts of a batch on a GPU match one pass over it, including dropout") {
  const TemporaryFolder folder;
  const auto trained = [&](std::int64_t gpu_shards) {
    return RankedTraining{.gpu_shards = gpu_shards}.run(single_process(), folder / "file");
  };
  const Trained whole = trained(1);
  for (const std::int64_t gpu_shards : {2, 3, 100}) {  // at most one per shard
    CAPTURE(gpu_shards);
    const Trained parts = trained(gpu_shards);
    CHECK(parts.result.loss == Approx(whole.result.loss).epsilon(1e-4));
    CHECK(parts.result.gradient_norm == Approx(whole.result.gradient_norm).epsilon(1e-4));
    for (std::size_t i = 0; i < whole.weights.size(); ++i) {
      REQUIRE(parts.weights[i] == Approx(whole.weights[i]).margin(1e-4));
    }
    CHECK(parts.graph > whole.graph);
  }
  CHECK(trained(100).weights == trained(3).weights);
}

TEST_CASE("uneven parts of a batch on ranks match one rank") {
  const TemporaryFolder folder;
  const RankedTraining session{.gpu_shards = 3, .shards = 5};  // of 6 samples
  const Trained alone = session.run(single_process(), folder / "alone");
  for (const int ranks : {2, 3}) check_same(session.run(ranks, folder / "together"), alone);
}

TEST_CASE("ranks capture a step up to the exchange, and the update after it") {
  const TemporaryFolder folder;
  const RankedTraining session;  // three equal passes
  const std::size_t alone = session.run(single_process(), folder / "file").graph;
  const auto ranks = session.run(3, folder / "file");
  const std::size_t each = ranks[0].graph;
  CHECK(each > 0);
  CHECK(each == ranks[1].graph);
  CHECK(each == ranks[2].graph);
  // A single device also adds up the passes, twice, but updates once.
  const std::size_t update = (3 * each + 2 - alone) / 2;
  CHECK(alone == 3 * (each - update) + 2 + update);
  CHECK(update > 0);
  CHECK(update < each);
}

TEST_CASE("a non-finite loss on one rank's GPU stops all ranks at the same step") {
  const TemporaryFolder folder;
  for (const std::int64_t bad : {0, 2, 5}) {
    CAPTURE(bad);
    const RankedTraining broken{.poisoned = bad};
    const Trained alone = broken.run(single_process(), folder / "alone");
    CHECK_FALSE(alone.result.finite());
    const auto ranks = broken.run(2, folder / "together");
    for (const Trained& rank : ranks) {
      CHECK_FALSE(rank.result.finite());
      CHECK(rank.result.step == bad);
      CHECK(rank.weights == alone.weights);
    }
  }
}

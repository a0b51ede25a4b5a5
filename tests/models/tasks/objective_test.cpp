#include "models/tasks/objective.h"

#include "models/training/trainer.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "models/nn/parameter_block.h"
#include "models/tasks/evaluation.h"
#include "models/tasks/formal_languages.h"
#include "models/tasks/selective_copy.h"
#include "tests/allocations.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

BackboneSection min_gru(std::int64_t dim, std::int64_t layers) {
  register_builtin_backbones();
  BackboneSection section("min_gru");
  section.shared().dim = dim;
  section.shared().layers = layers;
  section.shared().dropout = 0;
  return section;
}

SelectiveCopyConfig tiny_copy() {
  SelectiveCopyConfig config;
  config.length = 12;
  config.data = 3;
  config.symbols = 6;
  config.evaluation_examples = 256;
  return config;
}

struct Training {
  const Task& task;
  SequenceModel model;
  ParameterBlock block{model, DType::f32, 1};
  ThreadPool pool;
  TaskObjective objective;
  Trainer trainer;

  Training(const Task& task_, const BackboneSection& backbone, int threads)
      : task(task_),
        model(task_.shape(), backbone),
        pool(threads),
        objective(model, task_, 32, Device::cpu, pool),
        trainer(block, objective,
                {.batch = 32, .shards = 4, .lr = 4e-3, .warmup = 20, .adamw = {.clip = 1}}, pool) {}

  TaskEvaluation evaluation() {
    PackedWeights packed(block, false);
    packed.refresh();
    return *evaluate(model, task, packed, pool);
  }
};

}  // namespace

TEST_CASE("a small minGRU learns a small selective copying task") {
  const SelectiveCopy task(tiny_copy(), 1);
  Training training(task, min_gru(32, 2), 2);
  const TaskEvaluation before = training.evaluation();
  CHECK(before.all.answers == 256 * 3);
  CHECK(before.all.loss == Approx(std::log(6.0)).margin(0.3));
  CHECK(before.all.accuracy < 0.4);
  for (std::int64_t step = 0; step < 400; ++step) training.trainer.step(step);
  const TaskEvaluation after = training.evaluation();
  CHECK(after.all.accuracy > 0.9);
  CHECK(after.ranking() == after.all.accuracy);
}

TEST_CASE("training and evaluation are bit-identical for any number of threads") {
  FormalLanguageConfig config;
  config.longest = 10;
  config.test_shortest = 8;
  config.test_longest = 70;
  config.evaluation_examples = 150;
  const EvenPairs task(config, 1);
  std::string first;
  for (const int threads : {1, 2, 3}) {
    Training training(task, min_gru(16, 1), threads);
    for (std::int64_t step = 0; step < 5; ++step) training.trainer.step(step);
    const std::string json = to_json(training.evaluation()).dump();
    if (first.empty()) first = json;
    CHECK(json == first);
  }
}

TEST_CASE("a warm step of a task allocates only memory for its data") {
  const SelectiveCopy task(tiny_copy(), 1);
  Training training(task, min_gru(16, 2), 1);
  for (std::int64_t step = 0; step < 3; ++step) training.trainer.step(step);
  const std::int64_t before = allocations();
  training.trainer.step(3);
  CHECK(allocations() - before <= 32);  // one per example: its data to be copied
}

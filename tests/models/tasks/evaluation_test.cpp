#include "models/tasks/evaluation.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/nn/parameter_block.h"
#include "models/tasks/characters.h"
#include "models/tasks/formal_languages.h"
#include "tests/catch.h"
#include "tests/models/tasks/written.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

// A network with random weights for a task.
struct Untrained {
  SequenceModel model;
  ParameterBlock block{model, DType::f32, 2};
  PackedWeights weights{block, false};
  ThreadPool pool{2};

  explicit Untrained(const Task& task) : model(task.shape(), backbone()) {
    for (float& value : block.flat().span<float>()) value *= 3;
    weights.refresh();
  }
  static BackboneSection backbone() {
    register_builtin_backbones();
    BackboneSection section("min_lstm");
    section.shared().dim = 16;
    section.shared().layers = 1;
    return section;
  }
};

BucketSortConfig small_sort() {
  BucketSortConfig config;
  config.test_shortest = 5;
  config.test_longest = 300;
  config.evaluation_examples = 61;
  return config;
}

// The mean loss and accuracy over the bucket's examples, one example and one answer at a time.
TaskScore naive(const SequenceModel& model, const Task& task, std::int32_t bucket) {
  TaskScore score;
  double right = 0;
  for (std::int64_t index = 0; index < task.evaluation_size(); ++index) {
    TaskBatch batch(task.shape(), 1, task.evaluation_length());
    fill_evaluation(task, index, index + 1, batch);
    if (batch.buckets[0] != bucket) continue;
    Tape tape;
    tape.begin({});
    const TaskInputs inputs = task_inputs(tape, model.shape(), batch, 0, 1);
    const Tensor scores = model.answer(inputs), targets = inputs.targets;
    const std::int64_t classes = task.shape().classes;
    for (std::int64_t i = 0; i < scores.dim(0); ++i) {
      const std::span<float> row(scores.data<float>() + i * classes,
                                 static_cast<std::size_t>(classes));
      const auto target = static_cast<std::size_t>(targets.data<std::int32_t>()[i]);
      double sum = 0;
      for (const float value : row) sum += std::exp(double{value});
      score.loss += std::log(sum) - double{row[target]};
      right += std::ranges::max(row) == row[target];
      ++score.answers;
    }
  }
  score.loss /= static_cast<double>(score.answers);
  score.accuracy = right / static_cast<double>(score.answers);
  return score;
}

}  // namespace

TEST_CASE("an evaluation is the mean over its answers, by bucket and in total") {
  const BucketSort task(small_sort(), 1);
  Untrained network(task);
  const TaskEvaluation evaluation = *evaluate(network.model, task, network.weights, network.pool);
  REQUIRE(evaluation.buckets.size() == task.buckets().size());
  std::int64_t answers = 0, examples = 0;
  double loss = 0, right = 0;
  for (std::size_t i = 0; i < evaluation.buckets.size(); ++i) {
    const auto& [name, score] = evaluation.buckets[i];
    INFO(name);
    CHECK(name == task.buckets()[i]);
    const TaskScore expected = naive(network.model, task, static_cast<std::int32_t>(i));
    CHECK(score.answers == expected.answers);
    examples += score.examples;
    CHECK(score.loss == Approx(expected.loss).epsilon(1e-5));
    CHECK(score.accuracy == Approx(expected.accuracy));
    answers += score.answers;
    loss += score.loss * static_cast<double>(score.answers);
    right += score.accuracy * static_cast<double>(score.answers);
  }
  CHECK(evaluation.all.answers == answers);
  CHECK(examples == task.evaluation_size());
  CHECK(evaluation.all.examples == examples);
  CHECK(evaluation.all.loss == Approx(loss / static_cast<double>(answers)));
  CHECK(evaluation.all.accuracy == Approx(right / static_cast<double>(answers)));
  CHECK(evaluation.ranking() == evaluation.all.accuracy);
  CHECK(to_json(evaluation).begin().key() == "accuracy");  // the deciding score comes first
  CHECK(to_json(evaluation)["buckets"]["256-300"]["answers"] ==
        evaluation.buckets.back().second.answers);
}

TEST_CASE("empty buckets are omitted, and the others report their number of examples") {
  BucketSortConfig config = small_sort();
  config.evaluation_examples = 1;
  const BucketSort task(config, 1);
  Untrained network(task);
  const TaskEvaluation evaluation = *evaluate(network.model, task, network.weights, network.pool);
  REQUIRE(task.buckets().size() > 1);
  REQUIRE(evaluation.buckets.size() == 1);
  CHECK(to_json(evaluation)["buckets"].size() == 1);
  CHECK(to_json(evaluation)["buckets"][evaluation.buckets[0].first]["examples"] == 1);
  CHECK_THAT(to_text(evaluation), Catch::Contains(" answers to 1 examples"));
}

TEST_CASE("a language model is ranked by its loss, also reported in bits and as perplexity") {
  const TemporaryFolder folder;
  std::ofstream(folder / "text.txt") << "to be, or not to be: that is the question";
  CharactersConfig config;
  config.data = (folder / "text.txt").string();
  config.context = 8;
  const Characters task(config, 1);
  Untrained network(task);
  const TaskEvaluation evaluation = *evaluate(network.model, task, network.weights, network.pool);
  CHECK(evaluation.all.answers == task.test_size() - 1);
  CHECK(evaluation.ranking() == -evaluation.all.loss);
  const nlohmann::ordered_json json = to_json(evaluation);
  CHECK(json["loss"] == evaluation.all.loss);
  CHECK(json.begin().key() == "loss");
  CHECK(std::exp2(json["bits"].get<double>()) == Approx(json["perplexity"].get<double>()));
  CHECK(!json.contains("buckets"));
  CHECK_THAT(to_text(evaluation), Catch::Contains("perplexity"));
}

TEST_CASE("a stopped evaluation has no result") {
  const BucketSort task(small_sort(), 1);
  Untrained network(task);
  CHECK(
      !evaluate(network.model, task, network.weights, network.pool, {.stop = [] { return true; }}));
}

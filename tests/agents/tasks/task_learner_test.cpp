#include "agents/tasks/task_learner.h"

#include <algorithm>
#include <filesystem>

#include "agents/learning/learner_kind.h"
#include "models/tasks/character_sampler.h"
#include "models/tasks/evaluation.h"
#include "tests/agents/small_run.h"
#include "tests/allocations.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

namespace fs = std::filesystem;

constexpr const char* kCopy =
    "{kind: selective_copy, length: 12, data: 3, symbols: 6, evaluation_examples: 20}";

fs::path last_checkpoint(const fs::path& run) {
  return run / "checkpoints" / "last.safetensors";
}

// A run of the characters task on a text of letters, spaces and a stray byte.
struct TextRun : TemporaryFolder {
  TextRun() {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "to be or not to be, caf\xC3\xA9\n";
    write_file_atomically(*this / "text.txt", text + "\xFF");
  }
  RunConfig config(const std::string& run, const std::vector<std::string>& overrides = {}) const {
    return small_task_config(
        "{kind: characters, context: 8, data: " + (*this / "text.txt").string() + "}", *this / run,
        overrides);
  }
};

}  // namespace

TEST_CASE("a task's run resumed at any step is byte-identical to an uninterrupted run") {
  const TextRun folder;
  const auto config = [&](const std::string& run, bool text) {
    return text ? folder.config(run) : small_task_config(kCopy, folder / run);
  };
  for (const bool text : {false, true}) {
    const std::string whole = text ? "text" : "copy";
    REQUIRE(TrainingRun::begin(config(whole, text)).run({}));
    for (const std::int64_t stop : {0, 1, 5, 6, 11}) {
      const std::string run = whole + std::to_string(stop);
      std::int64_t now = 0;
      CHECK(!TrainingRun::begin(config(run, text)).run(stop_after(stop, now)));
      REQUIRE(TrainingRun::resume(folder / run).run({}));
      CHECK((contents(last_checkpoint(folder / run)) == contents(last_checkpoint(folder / whole))));
      CHECK(read_file(folder / run / "metrics.jsonl") ==
            read_file(folder / whole / "metrics.jsonl"));
    }
  }
}

TEST_CASE("a task's run does not depend on threads") {
  const TemporaryFolder folder;
  for (const char* threads : {"1", "2", "4"}) {
    const std::string setting = std::string("training.threads=") + threads;
    REQUIRE(TrainingRun::begin(small_task_config(kCopy, folder / threads, {setting})).run({}));
    CHECK((contents(last_checkpoint(folder / threads)) == contents(last_checkpoint(folder / "1"))));
  }
}

TEST_CASE("with evaluation.keep, a task's run keeps the weights of every evaluation") {
  const TemporaryFolder folder;
  const fs::path run = folder / "run";
  REQUIRE(TrainingRun::begin(small_task_config(kCopy, run, {"evaluation.keep=true"})).run({}));
  CHECK(fs::exists(run / "policies" / "6.safetensors"));
  const fs::path kept = run / "policies" / "12.safetensors";
  CHECK(fs::file_size(kept) < fs::file_size(last_checkpoint(run)) / 2);
  const TrainedModel end = load_model(CheckpointReader(last_checkpoint(run)));
  const TrainedModel loaded = load_model(CheckpointReader(kept));
  CHECK(std::ranges::equal(loaded.parameters->flat().span<float>(),
                           end.parameters->flat().span<float>()));
}

TEST_CASE("a model reproduces its recorded evaluation and can be evaluated on longer sequences") {
  const TemporaryFolder folder;
  REQUIRE(TrainingRun::begin(small_task_config(kCopy, folder / "run")).run({}));
  const CheckpointReader checkpoint(last_checkpoint(folder / "run"));
  ThreadPool pool(2);
  const auto loss_of = [&](const std::vector<std::string>& overrides) {
    const TrainedModel trained = load_model(checkpoint, overrides);
    const PackedWeights weights(*trained.parameters, false);
    return evaluate(*trained.model, *trained.task, weights, pool)->all.loss;
  };
  const auto recorded = nlohmann::json::parse(read_run_progress(checkpoint).last_evaluation);
  CHECK(loss_of({}) == recorded.at("loss"));
  CHECK(loss_of({"task.length=40"}) != recorded.at("loss"));
  CHECK_THROWS_WITH(loss_of({"task.symbols=7"}), Catch::Contains("here it is '7'"));
  CHECK_THROWS_WITH(loss_of({"task=even_pairs"}), Catch::Contains("trained on selective_copy"));
}

TEST_CASE("a character model writes without its training text, with any backbone") {
  for (const char* backbone : {"min_gru", "transformer"}) {
    const TextRun folder;
    REQUIRE(TrainingRun::begin(folder.config("run", {std::string("backbone.kind=") + backbone}))
                .run({}));
    fs::remove(folder / "text.txt");
    const CharacterModel model =
        load_character_model(CheckpointReader(last_checkpoint(folder / "run")));
    CHECK(model.vocabulary.characters().back() == "\xFF");
    const PackedWeights weights(*model.parameters, false);
    CharacterSampler sampler(*model.model, model.vocabulary, weights, "to be\n", {});
    for (int i = 0; i < 40; ++i) sampler.next();
    const std::int64_t before = allocations();
    for (int i = 0; i < 40; ++i) sampler.next();
    CHECK(allocations() == before);
  }
}

TEST_CASE("a run resumes only with its own text") {
  const TextRun folder;
  std::int64_t now = 0;
  CHECK(!TrainingRun::begin(folder.config("run")).run(stop_after(3, now)));
  write_file_atomically(folder / "text.txt", std::string(100, 'a') + std::string(100, 'b'));
  CHECK_THROWS_WITH(TrainingRun::resume(folder / "run"), Catch::Contains("it was trained on"));
}

TEST_CASE("a task's checkpoint is not accepted as an agent's, nor an agent's as a task's") {
  const TemporaryFolder folder;
  REQUIRE(TrainingRun::begin(small_task_config(kCopy, folder / "task")).run({}));
  REQUIRE(TrainingRun::begin(small_sac_config(folder / "sac")).run({}));
  CHECK_THROWS_WITH(load_agent(last_checkpoint(folder / "task")),
                    Catch::Contains("selective_copy"));
  CHECK_THROWS_WITH(load_model(CheckpointReader(last_checkpoint(folder / "sac"))),
                    Catch::Contains("of an agent"));
  CHECK_THROWS_WITH(load_character_model(CheckpointReader(last_checkpoint(folder / "task"))),
                    Catch::Contains("only a model of characters can write text"));
}

TEST_CASE("a task rejects settings that it does not use") {
  ThreadPool pool(1);
  for (const std::string setting :
       {"agent=behavior_cloning", "agent.return_scale=10", "dataset.keep_cut_episodes=true",
        "training.context=30", "evaluation.episodes=5", "evaluation.targets=[1]",
        "evaluation.mode=stream", "evaluation.seed=3", "evaluation.device=cpu"}) {
    RunConfig config = small_task_config(kCopy, "unused", {setting});
    config.resolve();
    const std::string key = setting.substr(0, setting.find('='));
    CHECK_THROWS_WITH(learner_kind(config).make(config, pool),
                      Catch::Contains(key + ": a task does not use it"));
  }
}

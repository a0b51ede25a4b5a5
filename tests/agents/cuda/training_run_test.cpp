// Whole runs on CUDA, compared with the CPU's.
#include "agents/runs/training_run.h"

#include <fstream>

#include "agents/policies/checkpoint.h"
#include "agents/tasks/task_learner.h"
#include "models/backbones/registry.h"
#include "tests/agents/small_run.h"
#include "tests/catch.h"
#include "tests/models/cuda/device_under_test.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kShortEvaluation = {
    "evaluation.episodes=1", "evaluation.targets=[500]", "evaluation.mode=[stream]"};

std::string last(const fs::path& run) {
  return contents(run / "checkpoints" / "last.safetensors");
}

// "loss" of every line of metrics that has one.
std::vector<double> losses(const fs::path& run) {
  std::vector<double> losses;
  std::ifstream file(run / "metrics.jsonl");
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json.contains("loss")) losses.push_back(json["loss"]);
  }
  return losses;
}

void train(const RunConfig& config) {
  REQUIRE(TrainingRun::begin(config).run({}));
}

void check_alike(const std::vector<double>& ours, const std::vector<double>& expected) {
  REQUIRE(ours.size() == expected.size());
  REQUIRE_FALSE(ours.empty());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    CHECK(ours[i] == Approx(expected[i]).epsilon(1e-3).margin(1e-5));
  }
}

}  // namespace

TEST_CASE("training agents on CUDA matches the CPU and gives the same bits every time") {
  const TemporaryFolder folder;
  make_small_dataset(folder / "data.hdf5");
  const auto config = [&](const std::string& name, const std::string& device,
                          const std::vector<std::string>& overrides) {
    std::vector<std::string> all = kShortEvaluation;
    all.insert(all.end(), {"device=" + device, "training.log_every=1"});
    all.insert(all.end(), overrides.begin(), overrides.end());
    return small_config(folder / "data.hdf5", folder / (name + device), all);
  };
  std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"cloning", {"agent={kind: behavior_cloning, dim: 16}"}}};
  for (const std::string& kind : backbone_names()) cases.push_back({kind, {"backbone=" + kind}});
  for (const auto& [name, overrides] : cases) {
    CAPTURE(name);
    train(config(name, "cpu", overrides));
    train(config(name, "cuda", overrides));
    check_alike(losses(folder / (name + "cuda")), losses(folder / (name + "cpu")));
    run_threads_backwards(true);
    train(config(name + "again", "cuda", overrides));
    run_threads_backwards(false);
    CHECK(last(folder / (name + "againcuda")) == last(folder / (name + "cuda")));
  }
}

TEST_CASE("200 training steps on expert data with dropout on CUDA match the CPU's", "[.long]") {
  const TemporaryFolder folder;
  CollectConfig collected;
  collected.env.choose("hopper");
  collected.policy = "expert";
  collected.transitions = 3000;
  collected.output = (folder / "data.hdf5").string();
  collect(collected);
  for (const std::string& kind : backbone_names()) {
    CAPTURE(kind);
    const auto run = [&](const std::string& device) {
      const fs::path output = folder / (kind + device);
      train(small_config(folder / "data.hdf5", output,
                         {"device=" + device, "backbone=" + kind, "training.log_every=1",
                          "training.steps=200", "training.batch=8", "training.lr=1e-3",
                          "training.warmup=20", "evaluation.every=200", "evaluation.episodes=1"}));
      return losses(output);
    };
    const auto ours = run("cuda"), expected = run("cpu");
    check_alike(ours, expected);
    CHECK(expected.back() < 0.7 * expected.front());
  }
}

TEST_CASE("tasks without dropout give the same training losses and scores on CUDA as on the CPU") {
  const TemporaryFolder folder;
  for (const char* task :
       {"{kind: selective_copy, length: 16, data: 3, evaluation_examples: 8}",  // at each token
        "{kind: even_pairs, longest: 9, test_shortest: 9, test_longest: 12, evaluation_examples: "
        "99}",
        "{kind: list_ops, max_depth: 3, max_args: 3, min_length: 4, max_length: 30, "
        "training_examples: 40, evaluation_examples: 5}"}) {
    CAPTURE(task);
    const auto output = [&](const std::string& device) {
      return folder / (std::string(task).substr(7, 6) + device);
    };
    for (const char* device : {"cpu", "cuda"}) {
      train(small_task_config(
          task, output(device),
          {std::string("device=") + device, "training.log_every=1", "training.dropout=0"}));
    }
    check_alike(losses(output("cuda")), losses(output("cpu")));
    const CheckpointReader checkpoint(output("cpu") / "checkpoints" / "last.safetensors");
    ThreadPool pool(2);
    const auto judged = [&](Device device) {
      return *evaluate(load_model(checkpoint, {}, device), pool);
    };
    const TaskEvaluation ours = judged(Device::cuda), expected = judged(Device::cpu);
    CHECK(ours.all.answers == expected.all.answers);
    CHECK(ours.all.accuracy == expected.all.accuracy);
    CHECK(ours.all.loss == Approx(expected.all.loss).epsilon(1e-4));
    for (std::size_t i = 0; i < expected.buckets.size(); ++i) {
      CHECK(ours.buckets[i].second.answers == expected.buckets[i].second.answers);
    }
  }
}

TEST_CASE("a run on CUDA resumes to the same bytes and can move between devices") {
  const TemporaryFolder folder;
  make_small_dataset(folder / "data.hdf5");
  const auto config = [&](const char* name, const char* device) {
    std::vector<std::string> all = kShortEvaluation;
    all.push_back(std::string("device=") + device);
    return small_config(folder / "data.hdf5", folder / name, all);
  };
  train(config("whole", "cuda"));
  for (const std::int64_t stop : {1, 2, 3, 5, 6, 11}) {
    CAPTURE(stop);
    const std::string name = "stopped" + std::to_string(stop);
    std::int64_t now = 0;
    REQUIRE_FALSE(TrainingRun::begin(config(name.c_str(), "cuda")).run(stop_after(stop, now)));
    REQUIRE(TrainingRun::resume(folder / name).run({}));
    CHECK(last(folder / name) == last(folder / "whole"));
    CHECK(losses(folder / name) == losses(folder / "whole"));
  }
  train(config("cpu", "cpu"));
  for (const auto& [from, to] : {std::pair("cpu", "cuda"), {"cuda", "cpu"}}) {
    CAPTURE(from, to);
    const fs::path output = folder / (std::string("from") + from);
    std::int64_t now = 0;
    REQUIRE_FALSE(
        TrainingRun::begin(config(output.filename().c_str(), from)).run(stop_after(5, now)));
    REQUIRE(TrainingRun::resume(output, {std::string("device=") + to}).run({}));
    check_alike(losses(output), losses(folder / "cpu"));
  }
}

TEST_CASE("a non-finite loss stops a run on CUDA and leaves the last good checkpoint") {
  const TemporaryFolder folder;
  make_small_dataset(folder / "data.hdf5");
  const RunConfig config =
      small_config(folder / "data.hdf5", folder / "run",
                   {"device=cuda", "training.lr=1e30", "training.warmup=0", "training.clip=0"});
  TrainingRun run = TrainingRun::begin(config);
  CHECK_THROWS_WITH(run.run({}), Catch::Contains("training stopped at step"));
  CHECK(read_run_progress(CheckpointReader(folder / "run" / "checkpoints" / "last.safetensors"))
            .step == 0);
}

TEST_CASE("a run's config records its device, and a bf16 run can resume on the CPU in float32") {
  const TemporaryFolder folder;
  make_small_dataset(folder / "data.hdf5");
  const fs::path run = folder / "run";
  std::int64_t now = 0;
  const RunConfig config =
      small_config(folder / "data.hdf5", run, {"device=auto", "training.precision=bf16"});
  REQUIRE_FALSE(TrainingRun::begin(config).run(stop_after(5, now)));
  CHECK(read_config<RunConfig>(run / "config.yaml").device == "cuda");
  CHECK_THROWS_WITH(
      TrainingRun::resume(run, {"device=cpu"}),
      "training.precision: bf16 is for device: cuda, but this run trains on the CPU; use "
      "float32");
  CHECK(TrainingRun::resume(run, {"device=cpu", "training.precision=float32"}).run({}));
}

TEST_CASE("a run uses the GPU that its config names, one per process, and records its name") {
  const TemporaryFolder folder;
  make_small_dataset(folder / "data.hdf5");
  const fs::path run = folder / "run";
  const auto config = [&](const std::string& device) {
    return small_config(folder / "data.hdf5", run, {"device=" + device});
  };
  CHECK_THROWS_WITH(TrainingRun::begin(config("cuda:1")),
                    "device: cuda:1: this process already uses cuda:0; use one GPU per process");
  for (const char* wrong : {"cuda:", "cuda:-1", "cuda:1x", "cuda: 1", "cuda0", "gpu"}) {
    CHECK_THROWS_WITH(config(wrong), Catch::Contains("auto | cpu | cuda | cuda:NUMBER"));
  }
  std::int64_t now = 0;
  REQUIRE_FALSE(TrainingRun::begin(config("cuda:0")).run(stop_after(5, now)));
  const std::string gpu = runtime_of(Device::cuda).description();
  const auto machine =
      nlohmann::json::parse(read_file(run / "timing.jsonl")
                                .substr(0, read_file(run / "timing.jsonl").find('\n')))["machine"];
  CHECK(machine.at("gpu") == gpu);
  const fs::path last = run / "checkpoints" / "last.safetensors";
  CHECK(CheckpointReader(last).text("gpu") == gpu);
  CHECK(read_file(run / "log.txt").find("a GPU (" + gpu + ")") != std::string::npos);
}

TEST_CASE("a run is evaluated on its evaluation.device, which may change when it resumes") {
  const TemporaryFolder folder;
  make_small_dataset(folder / "data.hdf5");
  const auto device_of = [](const fs::path& run) {
    return nlohmann::json::parse(read_file(run / "eval.json")).at("device").get<std::string>();
  };
  for (const auto& [learns, plays, expected] : {std::tuple("cuda", "auto", "cuda"),
                                                {"cuda", "cpu", "cpu"},
                                                {"cpu", "auto", "cpu"},
                                                {"cpu", "cuda", "cuda"}}) {
    CAPTURE(learns, plays);
    const fs::path run = folder / (std::string(learns) + plays);
    std::int64_t now = 0;
    const RunConfig config =
        small_config(folder / "data.hdf5", run,
                     {std::string("device=") + learns, std::string("evaluation.device=") + plays,
                      "evaluation.episodes=1"});
    REQUIRE_FALSE(TrainingRun::begin(config).run(stop_after(7, now)));
    CHECK(device_of(run) == expected);
    REQUIRE(TrainingRun::resume(run, {"evaluation.device=cpu"}).run({}));
    CHECK(device_of(run) == "cpu");
  }
}

TEST_CASE("sac rejects evaluation.device=cuda because it acts on the CPU") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(
      TrainingRun::begin(small_sac_config(folder / "run", {"evaluation.device=cuda"})),
      "evaluation.device: cuda: sac acts on the CPU; use evaluation.device: cpu");
}

TEST_CASE("training SAC on CUDA matches the CPU, and its run resumes to the same bytes") {
  const TemporaryFolder folder;
  const auto config = [&](const std::string& name, const char* device) {
    return small_sac_config(folder / name,
                            {std::string("device=") + device, "training.log_every=1"});
  };
  const auto metrics = [&](const std::string& name) {
    std::vector<double> values;
    std::ifstream file(folder / name / "metrics.jsonl");
    for (std::string line; std::getline(file, line);) {
      const auto json = nlohmann::json::parse(line);
      for (const char* key : {"critic_loss", "actor_loss", "value", "entropy", "temperature"}) {
        if (json.contains(key)) values.push_back(json[key]);
      }
    }
    return values;
  };
  train(config("cpu", "cpu"));
  train(config("whole", "cuda"));
  check_alike(metrics("whole"), metrics("cpu"));
  CHECK(metrics("whole").size() == 14 * 5);
  run_threads_backwards(true);
  train(config("again", "cuda"));
  run_threads_backwards(false);
  CHECK(last(folder / "again") == last(folder / "whole"));
  for (const std::int64_t stop : {1, 6, 7, 10, 13}) {
    CAPTURE(stop);
    const std::string name = "stopped" + std::to_string(stop);
    std::int64_t now = 0;
    REQUIRE_FALSE(TrainingRun::begin(config(name, "cuda")).run(stop_after(stop, now)));
    REQUIRE(TrainingRun::resume(folder / name).run({}));
    CHECK(last(folder / name) == last(folder / "whole"));
    CHECK(metrics(name) == metrics("whole"));
    CHECK(read_file(folder / name / "replay.bin") == read_file(folder / "whole" / "replay.bin"));
  }
  for (const auto& [from, to] : {std::pair("cpu", "cuda"), {"cuda", "cpu"}}) {
    CAPTURE(from, to);
    const std::string name = std::string("from") + from;
    std::int64_t now = 0;
    REQUIRE_FALSE(TrainingRun::begin(config(name, from)).run(stop_after(12, now)));
    REQUIRE(TrainingRun::resume(folder / name, {std::string("device=") + to}).run({}));
    check_alike(metrics(name), metrics("cpu"));
  }
}

TEST_CASE("a non-finite loss stops a SAC run on CUDA as on the CPU, with nothing of it saved") {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& device) {
    const fs::path output = folder / "run";
    fs::remove_all(output);
    TrainingRun run = TrainingRun::begin(small_sac_config(
        output, {"device=" + device, "agent.lr=1e30", "training.steps=40", "evaluation.every=40"}));
    std::string said;
    try {
      run.run({});
    } catch (const Error& error) {
      said = error.what();
    }
    const CheckpointReader left(output / "checkpoints" / "last.safetensors");
    CHECK(read_run_progress(left).step == 0);
    return said;
  };
  CHECK_THAT(message("cuda"), Catch::Contains("training stopped at step 6: the loss is"));
  CHECK(message("cuda") == message("cpu"));
}

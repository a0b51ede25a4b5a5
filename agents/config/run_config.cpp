#include "agents/config/run_config.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "configs/base/shell.h"
#include "configs/schema/plugin.h"
#include "envs/registry.h"
#include "models/backbones/registry.h"
#include "models/core/device.h"
#include "models/tasks/registry.h"

namespace seqrl {
namespace {

template <typename T>
bool are_distinct(std::vector<T> values) {
  std::ranges::sort(values);
  return std::ranges::adjacent_find(values) == values.end();
}

// The name of a dataset: for a file, its name without the extension; for a Minari dataset, the last
// three parts, because the last one ("medium-v0") says little: "D4RL-door-human-v2".
std::string name_of_data(const std::string& dataset) {
  std::filesystem::path path = std::filesystem::path(dataset).lexically_normal();
  if (path.filename() == "main_data.hdf5") path = path.parent_path();
  if (path.filename() == "data" || !path.has_filename()) path = path.parent_path();
  if (path.has_extension()) return path.stem().string();
  std::string name = path.filename().string();
  for (int parts = 1; parts < 3; ++parts) {
    path = path.parent_path();
    const std::string above = path.filename().string();
    if (above.empty() || above.starts_with('.')) break;
    name = above + "-" + name;
  }
  return name;
}

// For "cuda:1" the 1; nothing for others.
std::optional<int> gpu_number(std::string_view device) {
  constexpr std::string_view kPrefix = "cuda:";
  if (!device.starts_with(kPrefix)) return std::nullopt;
  device.remove_prefix(kPrefix.size());
  int number = 0;
  const auto [end, error] = std::from_chars(device.begin(), device.end(), number);
  const bool whole = error == std::errc() && end == device.end() && std::isdigit(device[0]) != 0;
  return whole ? std::optional(number) : std::nullopt;
}

Rule a_device() {
  return string_that("auto | cpu | cuda | cuda:NUMBER", [](const std::string& device) {
    return device == "auto" || device == "cpu" || device == "cuda" || gpu_number(device);
  });
}

}  // namespace

void DatasetConfig::fields(Fields& field) {
  field("path", path,
        "a D4RL file (.hdf5), an OGBench file (.npz), or a Minari dataset given by its folder or "
        "an id such as D4RL/door/human-v2; a list is read as one dataset");
  field("weights", weights,
        "relative sampling weight of each of several datasets: 2 = as if it were listed twice; [] "
        "= equal weights",
        positive());
  field("minari", minari,
        "where to find Minari datasets: local, or download, which fetches missing ones with python",
        one_of({"local", "download"}));
  field("python", python,
        "a Python interpreter with Minari, to convert Arrow and Parquet datasets and to download",
        file_path());
  field("cache", cache,
        "folder for a prepared copy of the data, which later starts map into memory; auto = "
        "$SEQRL_CACHE or ~/.cache/seqrl, for files of at least 64 MB; off = no copy",
        not_empty(), file_path());
  field("keep_cut_episodes", keep_cut_episodes,
        "train on episodes whose end was not recorded, although their returns are too low");
  field("validation", validation,
        "share of the episodes held out to measure the loss on; null = 0.1 if env is none, else 0",
        at_least(0), less_than(1));
  field("long_episodes", long_episodes,
        "episodes longer than env's time limit: reject the dataset, split them at the limit, or "
        "keep them",
        one_of({"error", "split", "keep"}));
  field("env_mismatch", env_mismatch,
        "data recorded in another environment than env: reject or allow it",
        one_of({"error", "allow"}));
  field.check(
      "weights", [this] { return weights.empty() || weights.size() == path.all().size(); },
      "have one entry per dataset in dataset.path");
  field.check(
      "minari", [this] { return minari == "local" || !python.empty(); },
      "be local without dataset.python, which downloads");
}

void TrainingConfig::fields(Fields& field) {
  field("steps", steps, "optimizer steps", in_range(1, kMostSteps));
  field("batch", batch, "windows per step", in_range(1, 1 << 20));
  field("context", context, "timesteps per window", in_range(1, 1 << 16));
  field("lr", lr, "peak learning rate of AdamW", positive());
  field("warmup", warmup, "steps over which the learning rate rises to its peak",
        in_range(0, kMostSteps));
  field("schedule", schedule, "learning rate after warm-up; cosine falls to 0 at the last step",
        one_of({"constant", "cosine"}));
  field("precision", precision,
        "precision of the inputs of matrix products, on CUDA; tf32 is recommended there",
        one_of({"float32", "tf32", "bf16"}));
  field("weight_decay", weight_decay, "decoupled decay of weight matrices", at_least(0));
  field("clip", clip, "maximum norm of the gradient; 0 = no clipping", at_least(0));
  field("dropout", dropout, "probability of dropping an activation", at_least(0), less_than(1));
  field("shards", shards,
        "number of parts of a batch; results depend on it, not on the number of threads",
        in_range(1, 65535));
  field("gpu_shards", gpu_shards,
        "number of parts of a batch on CUDA, shared among ranks, at most `shards`; results depend "
        "on it, not on the number of ranks; 0 = one, or one for each rank that starts the run",
        in_range(0, 65535));
  field("threads", threads, "worker threads; 0 = all processors", in_range(0, 1024));
  field("log_every", log_every, "steps between lines of metrics", in_range(1, kMostSteps));
  field("checkpoint_every", checkpoint_every, "steps between checkpoints", in_range(1, kMostSteps));
}

void EvaluationConfig::fields(Fields& field) {
  field("every", every, "steps between evaluations; the last step is always evaluated",
        in_range(1, kMostSteps));
  field("episodes", episodes, "episodes per target and mode", in_range(1, 1 << 20));
  field("targets", targets,
        "target returns; [] = the environment's defaults, or else the best and the median return "
        "of the data. The first one ranks checkpoints");
  field("mode", mode, "window: recompute the context for every action; stream: carry a state",
        one_of({"window", "stream"}), not_empty());
  field(
      "actions", actions,
      "how to select a discrete action: the likeliest, or sampled; continuous actions need likely",
      one_of({"likely", "sampled"}));
  field("seed", seed, "seed of the episodes' start states and of sampled actions");
  field("keep", keep, "keep the weights of every evaluation, as policies/STEP.safetensors");
  field("device", device,
        "where policies act; auto = the training device, but the CPU for seqrl eval and sac",
        a_device());
  field.check(
      "targets", [this] { return are_distinct(targets); }, "not repeat a value");
  field.check(
      "targets",
      [this] {
        return std::ranges::all_of(targets, [](double target) { return std::abs(target) <= 1e15; });
      },
      "be from -1e15 to 1e15");
  field.check(
      "mode", [this] { return are_distinct(mode); }, "not repeat a value");
}

void DataEnvOptions::fields(Fields& field) {
  EnvOptions::fields(field);
  field("python", python,
        "a Python interpreter with Gymnasium, for data from an environment that is not built in",
        file_path());
}

RunConfig::RunConfig() {
  register_builtin_backbones();
  register_builtin_envs();
  register_builtin_agents();
  register_builtin_tasks();
  register_kind<TaskConfig, TaskConfig>(kNone, "no task: train an agent");
  register_kind<EnvOptions, EnvOptions>(
      kNone, "no environment: for tasks, and for agents trained from logs only");
  register_kind<EnvOptions, DataEnvOptions>(
      kOfData, "the environment that the dataset names; none if it names none");
  task.choose(kNone);
  env.choose(kOfData);
  agent.choose("decision_transformer");
  backbone.choose("min_gru");
}

void RunConfig::fields(Fields& field) {
  field("seed", seed, "seed of weights, batches and dropout");
  field("output", output,
        "the run's folder; \"\" = runs/DATASET-BACKBONE-SEED, extended by the settings that "
        "differ if another run is there",
        file_path());
  field("device", device,
        "where to train; auto = the GPU if there is one, cuda = the first GPU, cuda:1 = the "
        "second; with cuda, each rank of a machine takes one GPU",
        a_device());
  add_plugins_field(field, plugins);
  field("init_from", init_from,
        "a run or checkpoint that provides the initial weights, to continue on other data; \"\" = "
        "none",
        file_path());
  field("init_normalization", init_normalization,
        "normalization of observations with init_from: keep that of the weights, or refit it to "
        "the data",
        one_of({"keep", "refit"}));
  field("task", task, "a supervised sequence task, instead of env, dataset and agent");
  field("env", env,
        "the environment to evaluate in; data = the dataset's, none = train from logs only");
  field("dataset", dataset, "recorded experience to train on");
  field("agent", agent, "the learning algorithm");
  field("backbone", backbone, "the sequence model of a decision transformer");
  field("training", training, "optimization");
  field("evaluation", evaluation, "evaluation in the environment");
  field("hooks", hooks, "commands that are run at events");
  for (const std::string& name : agent.table().names()) {
    if (agent_kind(name).learns_from_data) continue;
    field.check(
        "env", [this, name] { return trains_task() || has_env() || agent.kind() != name; },
        "name an environment: " + name + " learns from acting in one");
  }
  field.check(
      "env",
      [this] { return trains_task() || has_env() || !dataset.path.empty() || dataset.validation; },
      "name an environment, or set dataset.path for training from logs only: there is no task");
  field.check(
      "init_from", [this] { return init_from.empty() || learns_from_data(*this); },
      "be left out: it is for agents that learn from a dataset");
  field.check(
      "env", [this] { return !trains_task() || !has_env(); }, "be left out: the task has none");
  field.check(
      "dataset", [this] { return !trains_task() || dataset.path.empty(); },
      "be left out: the task has its own data");
}

void RunConfig::resolve() {
  if (trains_task()) env.choose(kNone);
  env.shared().resolve();
  if (backbone.described() == nullptr) match_parameters(backbone);
  backbone.shared().dropout = training.dropout;
  if (!dataset.validation && learns_from_data(*this)) dataset.validation = has_env() ? 0 : 0.1;
  if (evaluation.targets.empty()) evaluation.targets = standard_targets(env.kind());
  if (output.empty()) {
    std::string data = dataset.id;
    if (data.empty()) {
      for (const std::string& path : dataset.path.all()) {
        data += (data.empty() ? "" : "+") + name_of_data(path);
      }
    }
    std::ranges::replace(data, '/', '-');
    const std::string place = trains_task() ? task.kind() : title_of(env);
    output = "runs/" + (data.empty() ? place : data) + "-" + learner_name(*this) + "-" +
             std::to_string(seed);
  }
}

std::string resume_command(const RunConfig& config) {
  std::string command = fmt::format("seqrl train --resume {}", shell_quoted(config.output));
  std::vector<std::string> settings = hook_settings(config.hooks);
  if (!config.plugins.empty()) settings.push_back(plugins_setting(config.plugins));
  for (const std::string& setting : settings) command += " " + shell_quoted(setting);
  return command;
}

Device available_device(const std::string& device, const char* key) {
  if (const auto number = gpu_number(device)) choose_gpu(*number);
  const bool wants_gpu = device.starts_with("cuda");
  SEQRL_REQUIRE(!wants_gpu || !cuda_problem(), "{}: {} is not available: {}; use {}: cpu", key,
                device, cuda_problem(), key);
  return device != "cpu" && !cuda_problem() ? Device::cuda : Device::cpu;
}

Device learning_device(const RunConfig& config) {
  const Device device = available_device(config.device);
  SEQRL_REQUIRE(
      device == Device::cuda || config.training.precision == "float32",
      "training.precision: {} is for device: cuda, but this run trains on the CPU; use float32",
      config.training.precision);
  return device;
}

void require_no_gpu(const std::string& device, const char* what) {
  SEQRL_REQUIRE(!device.starts_with("cuda"), "device: {}: {} on the CPU; use device: cpu", device,
                what);
}

const AgentKind& agent_kind(const RunConfig& config) {
  return agent_kind(config.agent.kind());
}

bool learns_from_data(const RunConfig& config) {
  return !config.trains_task() && agent_kind(config).learns_from_data;
}

const std::string& learner_name(const RunConfig& config) {
  const bool reads_sequences = config.trains_task() || agent_kind(config).reads_sequences;
  return reads_sequences ? config.backbone.kind() : config.agent.kind();
}

std::vector<double> standard_targets(const std::string& env) {
  const EnvFacts* facts = env_facts(env);
  return facts == nullptr ? std::vector<double>() : facts->targets;
}

}  // namespace seqrl

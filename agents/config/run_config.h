// The config of a run: every key of a YAML file, declared once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agents/config/agent_kind.h"
#include "agents/config/dataset_paths.h"
#include "agents/config/hooks_config.h"
#include "configs/schema/fields.h"
#include "configs/schema/kinds.h"
#include "envs/env_options.h"
#include "models/backbones/config.h"
#include "models/core/dtype.h"
#include "models/tasks/config.h"
#include "models/training/communicator.h"

namespace seqrl {

// The most steps that a config may request: more than any machine can run, and few enough that no
// count of steps overflows.
constexpr double kMostSteps = 1e12;

struct DatasetConfig {
  DatasetPaths path;
  std::vector<double> weights;  // of each path; none = 1
  std::string python, minari = "local", cache = "auto";
  // Not a key: whether `python` may be started, and a folder `cache` written to; false if a
  // checkpoint names them.
  bool trusted = true;
  bool keep_cut_episodes = false;
  std::optional<double> validation;
  std::string long_episodes = "error", env_mismatch = "error";
  std::string id;  // not a key: Minari's identifier, which names the run; "" = use its path
  void fields(Fields& field);
};

struct TrainingConfig {
  std::int64_t steps = 100000, batch = 64, context = 20;
  double lr = 1e-4;
  std::int64_t warmup = 10000;
  std::string schedule = "constant";
  std::string precision = "float32";
  double weight_decay = 1e-4, clip = 0.25, dropout = 0.1;
  std::int64_t shards = 8, gpu_shards = 0;
  int threads = 0;
  std::int64_t log_every = 100, checkpoint_every = 5000;
  void fields(Fields& field);
};

struct EvaluationConfig {
  std::int64_t every = 10000, episodes = 100;
  std::vector<double> targets;
  std::vector<std::string> mode = {"window", "stream"};
  std::string actions = "likely";
  std::uint64_t seed = 0;
  bool keep = false;
  std::string device = "auto";
  void fields(Fields& field);
};

// The options of env: data.
struct DataEnvOptions : EnvOptions {
  std::string python;
  // False for options from a file that is not trusted to run code: a checkpoint.
  static constexpr const char* kTrustKey = "python";
  bool trusted = true;
  void fields(Fields& field);
};

struct RunConfig {
  RunConfig();  // registers the built-in kinds

  std::uint64_t seed = 1;
  std::string output, device = "auto";
  std::vector<std::string> plugins;
  // A run or a checkpoint that provides the initial weights, "" for none.
  std::string init_from, init_normalization = "keep";
  std::filesystem::path resumed_from;       // not a key: its own checkpoint to resume from
  Communicator* ranks = &single_process();  // not a key: the processes of this run
  KindSection<TaskConfig> task;
  EnvSection env;
  DatasetConfig dataset;
  KindSection<AgentConfig> agent;
  KindSection<BackboneConfig> backbone;
  TrainingConfig training;
  EvaluationConfig evaluation;
  HooksConfig hooks;
  void fields(Fields& field);

  // Fills in values that follow from other keys: the output folder, the environment's target
  // returns, the width that gives the requested number of parameters, the held-out fraction for
  // validation.
  void resolve();

  // Whether it trains a supervised task instead of an agent.
  bool trains_task() const { return task.kind() != kNone; }
  // Whether there is an environment to act in; an agent without one trains from logs only. With
  // env: data, there is none before choose_env() (agents/learning/env_of_run.h).
  bool has_env() const { return env.kind() != kNone && env.kind() != kOfData; }
  // The kind of sections that do not apply: `task` if an agent is trained, `env` for a task or if
  // there are only logs.
  static constexpr const char* kNone = "none";
  // The kind of env that stands for the environment named by the dataset.
  static constexpr const char* kOfData = "data";
};

// The command that resumes a run, for a shell: "seqrl train --resume runs/hopper", with the plugins
// that it needs, and its hooks.
std::string resume_command(const RunConfig& config);

// The device that a config's `device` names on this machine; auto is the GPU if there is one, and
// cuda:1 the second of several. An Error of kind user if cuda is not available, or this process
// already uses another GPU.
Device available_device(const std::string& device, const char* key = "device");
// The device on which a run learns. Errors as above, and if training.precision needs CUDA but the
// device is the CPU.
Device learning_device(const RunConfig& config);

// Rejects device: cuda for operations that run only on the CPU. `what` is the subject and verb of
// the message: "an actor acts".
void require_no_gpu(const std::string& device, const char* what);

// The entry of the config's agent in the table of agents.
const AgentKind& agent_kind(const RunConfig& config);

// Whether a run learns from a dataset, as opposed to a task or an agent that learns by acting.
bool learns_from_data(const RunConfig& config);

// The backbone's name, such as "min_gru", if the agent has one, otherwise the agent's.
const std::string& learner_name(const RunConfig& config);

// The target returns used in papers for an environment (envs/env_facts.h), or none.
std::vector<double> standard_targets(const std::string& env);

}  // namespace seqrl

#include "agents/learning/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>

#include "configs/base/error.h"
#include "configs/base/memory.h"
#include "configs/base/thread_pool.h"
#include "envs/registry.h"
#include "models/backbones/memory.h"
#include "models/core/device.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

constexpr double kFloat = sizeof(float);
constexpr double kGroup = 64;       // episodes that a thread plays at once
constexpr double kResult = 200;     // bytes of an episode's return and length, also as text
constexpr double kActivations = 6;  // of a hidden layer, for each of its units, with gradients

double perceptron(double in, double dim, double layers, double out) {
  return (in + 1) * dim + (layers - 1) * (dim + 1) * dim + (dim + 1) * out;
}

// What a run's parts depend on.
struct Sizes {
  explicit Sizes(const RunConfig& config) {
    const bool sac = !config.trains_task() && config.agent.kind() == "sac";
    const auto batch =
        static_cast<double>(sac ? config.agent.as<SacConfig>().batch : config.training.batch);
    shards = std::min(static_cast<double>(config.training.shards), batch);
    rows = std::ceil(batch / shards);
    threads = config.training.threads > 0 ? config.training.threads : available_processors();
    lanes = std::min(threads, shards);
    context = static_cast<double>(config.training.context);
    if (config.env.kind() == RunConfig::kNone) return;
    const std::unique_ptr<Env> env = make_env(config.env);
    observation = static_cast<double>(env->observation_space().dim());
    action = static_cast<double>(env->action_space().dim());
    longest = static_cast<double>(env->max_episode_steps());
  }

  double shards, rows, threads, lanes, context;     // rows: of a shard
  double observation = 0, action = 0, longest = 0;  // longest: steps of an episode
};

// Parameters, their gradients by shard, two moments, and the weights packed for products.
double weights(double parameters, double shards) {
  return parameters * kFloat * (1 + shards + 2 + 2);
}

void estimate_sac(const RunConfig& config, const Sizes& size, RunMemory& memory) {
  const SacConfig& sac = config.agent.as<SacConfig>();
  const auto dim = static_cast<double>(sac.dim), layers = static_cast<double>(sac.layers);
  const double row = 2 * size.observation + size.action + 3;
  memory.parameters = perceptron(size.observation, dim, layers, 2 * size.action);
  const double critics = 2 * perceptron(size.observation + size.action, dim, layers, 1);
  memory.weights = weights(memory.parameters + 2 * critics, size.shards);
  // Of the actor, twice, and of the two critics, thrice.
  memory.activations =
      size.lanes * size.rows * kFloat * (row + (2 + 2 * 3) * layers * dim * kActivations);
  memory.replay = static_cast<double>(config.training.steps) * row * kFloat;
}

void estimate_behavior_cloning(const RunConfig& config, const Sizes& size, RunMemory& memory) {
  const auto& options = config.agent.as<BehaviorCloningConfig>();
  const auto dim = static_cast<double>(options.dim), layers = static_cast<double>(options.layers);
  memory.parameters = perceptron(size.observation, dim, layers, size.action);
  memory.weights = weights(memory.parameters, size.shards);
  memory.activations = size.lanes * size.rows * size.context * kFloat *
                       (size.observation + size.action + layers * dim * kActivations);
}

// Of a backbone that reads so many tokens of each row. False where its weights are too much
// already: then nothing is measured, which would take them.
bool estimate_backbone(const RunConfig& config, const Sizes& size, double tokens,
                       RunMemory& memory) {
  memory.parameters += static_cast<double>(count_parameters(config.backbone));
  memory.weights = weights(memory.parameters, size.shards);
  if (memory.weights > available_memory()) return false;
  if (tokens > 0) {
    memory.activations =
        size.lanes * size.rows * tokens * bytes_per_token(config.backbone, /*training=*/true);
  }
  return true;
}

void estimate_decision_transformer(const RunConfig& config, const Sizes& size, RunMemory& memory) {
  const auto dim = static_cast<double>(config.backbone.shared().dim);
  memory.parameters = (size.observation + 2 * size.action + size.longest) * dim;  // the embeddings
  const double tokens = 3 * size.context;
  if (!estimate_backbone(config, size, tokens, memory)) return;
  const double batch = size.shards * size.rows * size.context;
  memory.activations += batch * kFloat * (size.observation + size.action + 3);
  const double episodes =
      static_cast<double>(config.evaluation.episodes * std::ssize(config.evaluation.targets));
  memory.evaluation = std::min(episodes, kGroup * size.threads) * 3 *
                      std::min(size.context, size.longest) *
                      bytes_per_token(config.backbone, /*training=*/false);
}

// The keys that make the largest part smaller.
std::string keys_of(const RunConfig& config, const RunMemory& memory) {
  const bool task = config.trains_task();
  const std::string& agent = config.agent.kind();
  const bool sac = !task && agent == "sac";
  const bool perceptron = sac || (!task && agent == "behavior_cloning");
  const std::string network =
      perceptron ? "agent.dim, agent.layers" : "backbone.dim, backbone.layers";
  if (memory.weights >= std::max(memory.activations, memory.evaluation)) {
    return network + " or training.shards";
  }
  if (memory.evaluation > memory.activations) {
    return "evaluation.episodes, training.context, " + network;
  }
  if (sac) return "agent.batch, " + network;
  return fmt::format("training.batch, {}, {}", task ? "the task's lengths" : "training.context",
                     network);
}

// Disk that is free where `folder` is, or will be.
double free_disk(fs::path folder) {
  folder = fs::absolute(folder);
  std::error_code error;
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  const fs::space_info space = fs::space(folder, error);
  return error ? std::numeric_limits<double>::infinity() : static_cast<double>(space.available);
}

void require_disk(const RunConfig& config, double bytes) {
  std::error_code error;
  const auto there = fs::file_size(fs::path(config.output) / "replay.bin", error);
  const double more = bytes - (error ? 0 : static_cast<double>(there)),
               free = free_disk(config.output);
  SEQRL_REQUIRE(more <= free,
                "{}: all {} transitions are kept in replay.bin, which needs {} of disk, but {} are "
                "free there; lower training.steps",
                config.output, config.training.steps, shown_bytes(more), shown_bytes(free));
}

}  // namespace

RunMemory estimate_memory(const RunConfig& config, const Task* task) {
  const Sizes size(config);
  RunMemory memory;
  if (config.trains_task()) {
    const double tokens =
        task == nullptr ? 0 : static_cast<double>(task->training_time() * task->shape().documents);
    estimate_backbone(config, size, tokens, memory);
    return memory;
  }
  if (config.agent.kind() == "sac") {
    estimate_sac(config, size, memory);
  } else if (config.agent.kind() == "behavior_cloning") {
    estimate_behavior_cloning(config, size, memory);
  } else {
    estimate_decision_transformer(config, size, memory);
  }
  const auto targets = std::max<std::size_t>(config.evaluation.targets.size(), 1);
  memory.evaluation += static_cast<double>(config.evaluation.episodes) * kResult *
                       static_cast<double>(targets * config.evaluation.mode.size());
  return memory;
}

std::string to_text(const RunMemory& memory) {
  return fmt::format("{}: weights {}, a step's activations {}, evaluation {}",
                     shown_bytes(memory.total()), shown_bytes(memory.weights),
                     shown_bytes(memory.activations), shown_bytes(memory.evaluation));
}

void require_memory(const RunConfig& config, const Task* task) {
  const RunMemory memory = estimate_memory(config, task);
  if (learning_device(config) == Device::cpu) {
    require_memory(memory.total(), "the run", keys_of(config, memory));
  }
  if (memory.replay > 0) require_disk(config, memory.replay);
}

}  // namespace seqrl

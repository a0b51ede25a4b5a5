#include "agents/learning/run_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>

#include "agents/config/run_files.h"
#include "configs/base/error.h"
#include "configs/base/memory.h"
#include "configs/base/thread_pool.h"
#include "envs/registry.h"
#include "models/backbones/memory.h"
#include "models/core/device.h"
#include "models/training/shards.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

constexpr double kResultBytes = 200;  // of an episode's return and length, also as text

// The keys that reduce the largest part.
std::string keys_to_lower(const RunMemory& memory, const MemoryKeys& keys) {
  if (memory.weights >= std::max(memory.activations, memory.evaluation)) {
    return keys.network + " or training.shards";
  }
  if (memory.evaluation > memory.activations) {
    return "evaluation.episodes, training.context, " + keys.network;
  }
  return fmt::format("{}, {}", keys.step, keys.network);
}

// Free disk space at the location of `folder`, which need not exist.
double free_disk(fs::path folder) {
  folder = fs::absolute(folder);
  std::error_code error;
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  const fs::space_info space = fs::space(folder, error);
  return error ? std::numeric_limits<double>::infinity() : static_cast<double>(space.available);
}

void require_disk(const RunConfig& config, double bytes) {
  std::error_code error;
  const auto there = fs::file_size(RunFiles(config.output).replay(), error);
  const double more = bytes - (error ? 0 : static_cast<double>(there)),
               free = free_disk(config.output);
  SEQRL_REQUIRE(more <= free,
                "{}: all {} transitions are stored in replay.bin, which needs {} of disk space, "
                "but {} are free there; lower training.steps",
                config.output, config.training.steps, shown_bytes(more), shown_bytes(free));
}

}  // namespace

RunSizes::RunSizes(const RunConfig& config, std::int64_t batch) {
  shards = static_cast<double>(std::min(config.training.shards, batch));
  rows = std::ceil(static_cast<double>(batch) / shards);
  threads = config.training.threads > 0 ? config.training.threads : available_processors();
  lanes = std::min(threads, shards);
  context = static_cast<double>(config.training.context);
  if (!config.has_env()) return;
  const std::unique_ptr<Env> env = make_env(config.env);
  observation = static_cast<double>(env->observation_space().dim());
  const Space& actions = env->action_space();
  action = static_cast<double>(actions.is_discrete() ? actions.choices : actions.dim());
  longest = static_cast<double>(env->max_episode_steps());
}

double RunSizes::rows_at_once(SampleSize sample) const {
  const auto parts = static_cast<double>(parts_of_shard(static_cast<std::int64_t>(rows), sample));
  return lanes * std::ceil(rows / parts);
}

double perceptron_parameters(double in, double dim, double layers, double out) {
  return (in + 1) * dim + (layers - 1) * (dim + 1) * dim + (dim + 1) * out;
}

double weight_bytes(double parameters, double shards) {
  return parameters * kFloatBytes * (1 + shards + 2 + 2);
}

bool add_backbone(const RunConfig& config, const RunSizes& size, double tokens, RunMemory& memory) {
  memory.parameters += static_cast<double>(count_parameters(config.backbone));
  memory.weights = weight_bytes(memory.parameters, size.shards);
  if (memory.weights > available_memory()) return false;
  if (tokens > 0) {
    const SampleSize sample{.tokens = static_cast<std::int64_t>(tokens),
                            .at_once = sequences_at_once(config.backbone)};
    memory.activations +=
        size.rows_at_once(sample) * tokens * bytes_per_token(config.backbone, /*training=*/true);
  }
  return true;
}

void add_results(const RunConfig& config, RunMemory& memory) {
  const auto targets = std::max<std::size_t>(config.evaluation.targets.size(), 1);
  memory.evaluation += static_cast<double>(config.evaluation.episodes) * kResultBytes *
                       static_cast<double>(targets * config.evaluation.mode.size());
}

std::string to_text(const RunMemory& memory) {
  return fmt::format("{}: weights {}, a step's activations {}, evaluation {}",
                     shown_bytes(memory.total()), shown_bytes(memory.weights),
                     shown_bytes(memory.activations), shown_bytes(memory.evaluation));
}

void require_memory(const RunConfig& config, const RunMemory& memory, const MemoryKeys& keys) {
  if (learning_device(config) == Device::cpu) {
    require_memory(memory.total(), "the run", keys_to_lower(memory, keys));
  }
  if (memory.replay > 0) require_disk(config, memory.replay);
}

}  // namespace seqrl

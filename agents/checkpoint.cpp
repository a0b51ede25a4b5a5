#include "agents/checkpoint.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "agents/registry.h"
#include "configs/config.h"
#include "envs/mujoco_model.h"
#include "models/core/safetensors.h"

namespace seqrl {
namespace {

constexpr const char* kFormat = "seqrl checkpoint 1";

std::span<const std::byte> bytes_of(const Tensor& flat, std::int64_t offset, std::int64_t count) {
  const std::size_t size = size_of(flat.dtype());
  return {static_cast<const std::byte*>(flat.raw()) + static_cast<std::size_t>(offset) * size,
          static_cast<std::size_t>(count) * size};
}

// Adds every parameter's part of a block-shaped tensor under prefix + its name.
void add_block(const ParameterBlock& block, const Tensor& flat, const std::string& prefix,
               std::vector<TensorToStore>& tensors) {
  for (const auto& [name, parameter, offset] : block.entries()) {
    const Shape& shape = parameter->shape();
    TensorToStore tensor{prefix + name,
                         block.dtype() == DType::f32 ? StoredType::F32 : StoredType::F64,
                         {},
                         bytes_of(flat, offset, shape.size())};
    for (int axis = 0; axis < shape.rank(); ++axis) tensor.dims.push_back(shape[axis]);
    tensors.push_back(std::move(tensor));
  }
}

void read_block(const SafetensorsReader& file, const ParameterBlock& block, const Tensor& flat,
                const std::string& prefix) {
  for (const auto& [name, parameter, offset] : block.entries()) {
    dispatch(block.dtype(), [&, &n = name, &p = parameter, o = offset]<typename T>(T) {
      const auto size = static_cast<std::size_t>(p->shape().size());
      file.read<T>(prefix + n, p->shape(), {flat.data<T>() + o, size});
    });
  }
}

// Numbers in metadata, so that they come back bit for bit.
template <typename T>
std::string to_exact(T value) {
  char text[64];
  const auto result = std::to_chars(text, text + sizeof text, value);
  return {text, result.ptr};
}

template <typename T>
T from_exact(const SafetensorsReader& file, const std::filesystem::path& path,
             const std::string& name) {
  const std::string& text = file.metadata_at(name);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  SEQRL_REQUIRE(error == std::errc() && end == text.data() + text.size(),
                "{}: metadata '{}' is '{}', not a number; the checkpoint is damaged", path.string(),
                name, text);
  return value;
}

}  // namespace

TrainedAgent make_trained_agent(const RunConfig& config, Problem problem) {
  TrainedAgent trained{.config = config, .agent = nullptr, .parameters = nullptr, .progress = {}};
  trained.agent = make_agent(config, std::move(problem));
  trained.parameters = std::make_unique<ParameterBlock>(*trained.agent, DType::f32, config.seed);
  return trained;
}

void save_checkpoint(const std::filesystem::path& path, const TrainedAgent& trained,
                     const AdamW& optimizer) {
  const ParameterBlock& block = *trained.parameters;
  const Problem& problem = trained.agent->problem();
  std::vector<TensorToStore> tensors;
  add_block(block, block.flat(), "model.", tensors);
  add_block(block, optimizer.first_moment(), "optimizer.first_moment.", tensors);
  add_block(block, optimizer.second_moment(), "optimizer.second_moment.", tensors);
  const Shape observation{problem.observation_dim};
  tensors.push_back(to_store<double>("observation.mean", observation, problem.observation_mean));
  tensors.push_back(to_store<double>("observation.std", observation, problem.observation_std));

  const RunProgress& progress = trained.progress;
  write_safetensors(path, tensors,
                    {{"format", kFormat},
                     {"config", print_config(trained.config)},
                     {"mujoco_version", mujoco_version()},
                     {"step", to_exact(progress.step)},
                     {"evaluated", to_exact(progress.evaluated)},
                     {"loss_sum", to_exact(progress.loss_sum)},
                     {"last_evaluation", progress.last_evaluation},
                     {"best_evaluation", progress.best_evaluation},
                     {"best_ranking", to_exact(progress.best_ranking)},
                     {"dataset", progress.dataset},
                     {"dataset_fingerprint", to_exact(progress.dataset_fingerprint)},
                     {"optimizer_updates", to_exact(optimizer.updates())},
                     {"observation_dim", to_exact(problem.observation_dim)},
                     {"action_dim", to_exact(problem.action_dim)},
                     {"max_episode_steps", to_exact(problem.max_episode_steps)}});
}

TrainedAgent load_agent(const std::filesystem::path& path) {
  const SafetensorsReader file(path);
  const auto format = file.metadata().find("format");
  SEQRL_REQUIRE(format != file.metadata().end() && format->second == kFormat,
                "{}: not a checkpoint of this version of seqrl (no '{}' in its metadata)",
                path.string(), kFormat);
  auto config =
      read_config_text<RunConfig>(file.metadata_at("config"), path.string() + " (its config)");
  config.resolve();

  Problem problem;
  problem.observation_dim = from_exact<std::int64_t>(file, path, "observation_dim");
  problem.action_dim = from_exact<std::int64_t>(file, path, "action_dim");
  problem.max_episode_steps = from_exact<std::int64_t>(file, path, "max_episode_steps");
  problem.context = config.training.context;
  problem.dropout = config.training.dropout;
  SEQRL_REQUIRE(problem.observation_dim > 0 && problem.observation_dim < 1 << 20 &&
                    problem.action_dim > 0 && problem.action_dim < 1 << 20 &&
                    problem.max_episode_steps > 0 && problem.max_episode_steps < 1 << 24,
                "{}: its dimensions make no sense; the checkpoint is damaged", path.string());
  for (auto [name, values] : {std::pair{"observation.mean", &problem.observation_mean},
                              std::pair{"observation.std", &problem.observation_std}}) {
    values->resize(static_cast<std::size_t>(problem.observation_dim));
    file.read<double>(name, Shape{problem.observation_dim}, *values);
  }

  TrainedAgent trained = make_trained_agent(config, std::move(problem));
  read_block(file, *trained.parameters, trained.parameters->flat(), "model.");
  RunProgress& progress = trained.progress;
  progress.step = from_exact<std::int64_t>(file, path, "step");
  progress.evaluated = from_exact<std::int64_t>(file, path, "evaluated");
  progress.loss_sum = from_exact<double>(file, path, "loss_sum");
  progress.last_evaluation = file.metadata_at("last_evaluation");
  progress.best_evaluation = file.metadata_at("best_evaluation");
  for (const std::string& json : {progress.last_evaluation, progress.best_evaluation}) {
    SEQRL_REQUIRE(json.empty() || nlohmann::json::accept(json),
                  "{}: an evaluation in its metadata is no JSON; the checkpoint is damaged",
                  path.string());
  }
  progress.best_ranking = from_exact<double>(file, path, "best_ranking");
  progress.dataset = file.metadata_at("dataset");
  progress.dataset_fingerprint = from_exact<std::uint64_t>(file, path, "dataset_fingerprint");
  return trained;
}

void load_optimizer(const std::filesystem::path& path, const ParameterBlock& parameters,
                    AdamW& optimizer) {
  const SafetensorsReader file(path);
  read_block(file, parameters, optimizer.first_moment(), "optimizer.first_moment.");
  read_block(file, parameters, optimizer.second_moment(), "optimizer.second_moment.");
  optimizer.set_updates(from_exact<std::int64_t>(file, path, "optimizer_updates"));
}

std::filesystem::path find_checkpoint(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) {
    SEQRL_REQUIRE(std::filesystem::exists(path), "{}: no such run or checkpoint", path.string());
    return path;
  }
  const auto last = path / "checkpoints" / "last.safetensors";
  SEQRL_REQUIRE(std::filesystem::exists(last),
                "{}: no checkpoint in it (expected checkpoints/last.safetensors); is it a run's "
                "folder?",
                path.string());
  return last;
}

}  // namespace seqrl

#include "agents/policies/checkpoint.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "agents/config/run_files.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"

namespace seqrl {
namespace {

// Reads the choices or the box of actions; none in an older checkpoint.
void read_actions(const CheckpointReader& checkpoint, AgentSpec& spec) {
  spec.action_choices =
      checkpoint.has_text("action_choices") ? checkpoint.number<int>("action_choices") : 0;
  SEQRL_REQUIRE(spec.action_choices >= 0 && spec.action_choices <= 1 << 20 &&
                    (spec.action_choices == 0 || spec.action_dim == 1),
                "{}: {} action choices are invalid; the checkpoint is damaged", checkpoint.path(),
                spec.action_choices);
  if (checkpoint.count("action.") == 0) return;
  spec.action_low = checkpoint.values("action.low", spec.action_dim);
  spec.action_high = checkpoint.values("action.high", spec.action_dim);
  for (std::size_t i = 0; i < spec.action_low.size(); ++i) {
    const double low = spec.action_low[i], high = spec.action_high[i];
    SEQRL_REQUIRE(std::isfinite(low) && std::isfinite(high) && low <= high,
                  "{}: action[{}] ranges from {} to {}; the checkpoint is damaged",
                  checkpoint.path(), i, low, high);
  }
}

AgentSpec read_spec(const CheckpointReader& checkpoint, const RunConfig& config) {
  AgentSpec spec;
  spec.observation_dim = checkpoint.number<std::int64_t>("observation_dim");
  spec.action_dim = checkpoint.number<std::int64_t>("action_dim");
  spec.max_episode_steps = checkpoint.number<std::int64_t>("max_episode_steps");
  spec.context = config.training.context;
  spec.dropout = config.training.dropout;
  SEQRL_REQUIRE(spec.observation_dim > 0 && spec.observation_dim < 1 << 20 && spec.action_dim > 0 &&
                    spec.action_dim < 1 << 20 && spec.max_episode_steps > 0 &&
                    spec.max_episode_steps < 1 << 24,
                "{}: its dimensions are invalid; the checkpoint is damaged", checkpoint.path());
  spec.observation_mean = checkpoint.values("observation.mean", spec.observation_dim);
  spec.observation_std = checkpoint.values("observation.std", spec.observation_dim);
  read_actions(checkpoint, spec);
  return spec;
}

}  // namespace

RunConfig read_run_config(const CheckpointReader& checkpoint, PluginUse plugins) {
  SEQRL_REQUIRE(checkpoint.has_text("format") && checkpoint.text("format") == kCheckpointFormat,
                "{}: not a checkpoint of this version of seqrl (no '{}' in its metadata)",
                checkpoint.path(), kCheckpointFormat);
  auto config = read_config_text<RunConfig>(
      checkpoint.text("config"), checkpoint.path() + " (its config)", {}, nullptr, plugins);
  config.dataset.trusted = false;
  config.resolve();
  return config;
}

RunProgress read_run_progress(const CheckpointReader& checkpoint) {
  RunProgress progress{
      .step = checkpoint.number<std::int64_t>("step"),
      .evaluated = checkpoint.number<std::int64_t>("evaluated"),
      .last_evaluation = checkpoint.text("last_evaluation"),
      .best_evaluation = checkpoint.text("best_evaluation"),
      .best_ranking = checkpoint.number<double>("best_ranking"),
      .earlier_best =
          checkpoint.has_text("earlier_best") ? checkpoint.text("earlier_best") : std::string(),
      .source = checkpoint.text("dataset"),
      .data_facts =
          checkpoint.has_text("dataset_facts") ? checkpoint.text("dataset_facts") : std::string()};
  progress.logs.step = progress.step;
  if (checkpoint.has_text("metrics_bytes")) {
    progress.logs.metrics = checkpoint.number<std::int64_t>("metrics_bytes");
    progress.logs.events = checkpoint.number<std::int64_t>("event_bytes");
  }
  for (const std::string& json :
       {progress.last_evaluation, progress.best_evaluation, progress.earlier_best}) {
    SEQRL_REQUIRE(json.empty() || nlohmann::json::accept(json),
                  "{}: an evaluation in its metadata is not JSON; the checkpoint is damaged",
                  checkpoint.path());
  }
  return progress;
}

void add_agent(CheckpointWriter& checkpoint, const Agent& agent, const ParameterBlock& parameters) {
  const AgentSpec& spec = agent.spec();
  checkpoint.add(parameters, "model.");
  checkpoint.add("observation.mean", spec.observation_mean);
  checkpoint.add("observation.std", spec.observation_std);
  checkpoint.add("action.low", spec.action_low);
  checkpoint.add("action.high", spec.action_high);
  checkpoint.add_number("observation_dim", spec.observation_dim);
  checkpoint.add_number("action_dim", spec.action_dim);
  checkpoint.add_number("max_episode_steps", spec.max_episode_steps);
  if (spec.action_choices > 0) checkpoint.add_number("action_choices", spec.action_choices);
}

void require_same_actions(const CheckpointReader& checkpoint, const Agent& agent) {
  const AgentSpec& now = agent.spec();
  AgentSpec then = now;
  std::ranges::fill(then.action_low, -1.0);
  std::ranges::fill(then.action_high, 1.0);
  read_actions(checkpoint, then);
  SEQRL_REQUIRE(then.action_choices == now.action_choices,
                "{}: its agent's actions are {}, but here they are {}; start a new run",
                checkpoint.path(), choices_text(then.action_choices),
                choices_text(now.action_choices));
  for (std::size_t i = 0; i < now.action_low.size(); ++i) {
    SEQRL_REQUIRE(
        then.action_low[i] == now.action_low[i] && then.action_high[i] == now.action_high[i],
        "{}: its agent acts in [{}, {}] in action[{}], where actions are in [{}, {}]; "
        "start a new run",
        checkpoint.path(), then.action_low[i], then.action_high[i], i, now.action_low[i],
        now.action_high[i]);
  }
}

std::unique_ptr<Agent> make_agent(const RunConfig& config, const AgentSpec& spec) {
  const AgentKind& kind = agent_kind(config);
  SEQRL_REQUIRE(kind.make, "agent: this build of seqrl does not support {}", config.agent.kind());
  return kind.make(config, spec);
}

TrainedAgent make_trained_agent(const RunConfig& config, const AgentSpec& spec, Device device) {
  TrainedAgent trained{.config = config, .agent = nullptr, .parameters = nullptr, .progress = {}};
  trained.agent = make_agent(config, spec);
  trained.parameters =
      std::make_unique<ParameterBlock>(*trained.agent, DType::f32, config.seed, device);
  return trained;
}

void move_to(Device device, TrainedAgent& trained) {
  if (trained.parameters->device() == device) return;
  auto moved = std::make_unique<ParameterBlock>(*trained.agent, trained.parameters->dtype(),
                                                trained.config.seed, device);
  moved->copy_values_from(*trained.parameters);
  trained.parameters = std::move(moved);
}

TrainedAgent load_agent(const std::filesystem::path& path) {
  return load_agent(CheckpointReader(path));
}

TrainedAgent load_agent(const CheckpointReader& checkpoint) {
  const RunConfig config = read_run_config(checkpoint);
  SEQRL_REQUIRE(!config.trains_task(), "{}: a checkpoint of the task {}, which cannot act",
                checkpoint.path(), config.task.kind());
  TrainedAgent trained = make_trained_agent(config, read_spec(checkpoint, config));
  checkpoint.read(*trained.parameters, "model.");
  trained.progress = read_run_progress(checkpoint);
  return trained;
}

CheckpointChoice checkpoint_choice(const std::string& name) {
  if (name.empty()) return CheckpointChoice::usual;
  if (name == "last") return CheckpointChoice::last;
  SEQRL_REQUIRE(name == "best", "checkpoint: '{}' is neither 'best' nor 'last'{}", name,
                suggestion(name, {"best", "last"}));
  return CheckpointChoice::best;
}

std::filesystem::path find_checkpoint(const std::filesystem::path& path, CheckpointChoice choice) {
  namespace fs = std::filesystem;
  const bool chosen = choice != CheckpointChoice::usual, best = choice == CheckpointChoice::best;
  if (!fs::is_directory(path)) {
    SEQRL_REQUIRE(fs::exists(path), "{}: no such run or checkpoint", path.string());
    SEQRL_REQUIRE(!chosen,
                  "checkpoint={}: {} is one checkpoint already; give its run's folder, or leave "
                  "checkpoint= out",
                  best ? "best" : "last", path.string());
    return path;
  }
  const RunFiles files(path);
  const fs::path last = files.last(), model = files.exported_model();
  if (!fs::exists(last) && fs::exists(model)) {
    if (!chosen) return model;
    // If both were exported, the model is the best one.
    const fs::path exported_last = files.exported_last();
    SEQRL_REQUIRE(fs::exists(exported_last),
                  "checkpoint={}: {} was exported with one checkpoint only, model.safetensors; "
                  "leave checkpoint= out",
                  best ? "best" : "last", path.string());
    return best ? model : exported_last;
  }
  if (!fs::exists(last)) {
    const fs::path previous = files.previous();
    reject("{}: no checkpoint in it (expected checkpoints/last.safetensors); {}", path.string(),
           fs::exists(previous)
               ? fmt::format("to use the previous one, copy {} to that name", previous.string())
               : "is it a run's folder?");
  }
  if (!best) return last;
  const fs::path best_path = files.best();
  SEQRL_REQUIRE(
      fs::exists(best_path),
      "checkpoint=best: {} has none because it was not evaluated yet; use checkpoint=last",
      path.string());
  return best_path;
}

}  // namespace seqrl

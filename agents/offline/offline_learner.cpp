#include "agents/offline/offline_learner.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "agents/datasets/action_box.h"
#include "agents/datasets/data_env.h"
#include "agents/datasets/load.h"
#include "agents/learning/trainer_options.h"
#include "agents/offline/data_fit.h"
#include "agents/offline/init_from.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

void require_same_data(const CheckpointReader& checkpoint, const RunConfig& config,
                       const Trajectories& data) {
  SEQRL_REQUIRE(checkpoint.number<std::uint64_t>("dataset_fingerprint") == data.fingerprint(),
                "{}: the dataset is not the one this run was trained on ({}); put that file back, "
                "give its new path with dataset.path=FILE, or start a new run",
                config.dataset.path, checkpoint.text("dataset"));
}

}  // namespace

OfflineLearner::Data::Data(const RunConfig& config, Trajectories all_) : all(std::move(all_)) {
  const double share = config.dataset.validation.value_or(0);
  SEQRL_REQUIRE(config.has_env() || share > 0,
                "dataset.validation is 0 and env is none: nothing would be measured; hold out part "
                "of the episodes with dataset.validation=0.1, or name an environment");
  if (share > 0) parts = hold_out(all, share, config.seed);
}

AgentSpec OfflineLearner::make_spec(const RunConfig& config, const Data& data) {
  const Trajectories &all = data.all, &training = data.training();
  std::unique_ptr<Env> env;
  std::int64_t longest = 1;
  if (config.has_env()) {
    env = make_env(config.env);
    require_fit(config, all, *env);
    longest = env->max_episode_steps();
  }
  for (const Episode& episode : all.episodes()) longest = std::max(longest, episode.length);
  ActionBox actions = action_box(env ? &env->action_space() : nullptr, all);
  if (actions.choices > 0) {
    require_chooses(config.agent.kind(),
                    fmt::format("the actions of {} are discrete ({} choices)",
                                env ? title_of(config.env) : all.source().path, actions.choices));
  }
  SEQRL_REQUIRE(actions.choices > 0 || config.evaluation.actions == "likely",
                "evaluation.actions: {} is only for discrete actions, but those of {} are "
                "continuous; use likely",
                config.evaluation.actions, all.source().path);
  return {
      .observation_dim = all.observation_dim(),
      .action_dim = all.action_dim(),
      .context = config.training.context,
      .max_episode_steps = longest,
      .dropout = config.training.dropout,
      .observation_mean = {training.observation_mean().begin(), training.observation_mean().end()},
      .observation_std = {training.observation_std().begin(), training.observation_std().end()},
      .action_low = std::move(actions.low),
      .action_high = std::move(actions.high),
      .action_choices = actions.choices};
}

OfflineLearner::OfflineLearner(const RunConfig& config, Trajectories data, ThreadPool& pool)
    : OfflineLearner(config, Data(config, std::move(data)), pool) {}

OfflineLearner::OfflineLearner(const RunConfig& config, Data data, ThreadPool& pool)
    : AgentLearner(config, spec_with_init(config, make_spec(config, data)), learning_device(config),
                   pool, usual_targets(data.all)),
      targets_from_data_(config.evaluation.targets.empty()),
      data_(std::move(data.all)),
      training_(data.parts ? std::optional(std::move(data.parts->training)) : std::nullopt),
      validation_(data.parts ? std::optional<Validation>(std::in_place, config, agent().spec(),
                                                         std::move(data.parts->held_out))
                             : std::nullopt),
      objective_(agent_as<OfflineAgent>(), training_ ? *training_ : data_,
                 {.context = config.training.context,
                  .batch = config.training.batch,
                  .seed = config.seed,
                  .device = block().device()}),
      trainer_(block(), objective_, trainer_options(config), pool) {
  read_init_weights(config, block());
  trainer_.parameters_changed();
  const DatasetSource& source = data_.source();
  // The data's own scale applies only in its own environment.
  if (source.own_reference && config.has_env() && env_mismatch(source, config.env).empty()) {
    set_scale(NamedScale{"minari", *source.own_reference});
  }
}

Trajectories OfflineLearner::load_data(const RunConfig& config) {
  SEQRL_REQUIRE(!config.dataset.path.empty(),
                "dataset.path: no dataset given; set dataset.path=FILE");
  LoadOptions options;
  options.keep_cut_episodes = config.dataset.keep_cut_episodes;
  if (config.has_env()) options.max_episode_steps = make_env(config.env)->max_episode_steps();
  if (config.dataset.long_episodes == "split") options.split_after = options.max_episode_steps;
  options.cache = config.dataset.cache;
  options.writes_to_folder = config.dataset.trusted;
  if (config.dataset.trusted) {
    options.python = config.dataset.python;
    options.download = config.dataset.minari == "download";
  }
  return load_datasets(config.dataset.path.all(), config.dataset.weights, options,
                       config.dataset.env_mismatch == "allow");
}

Validation OfflineLearner::validation_of(const CheckpointReader& checkpoint,
                                         const TrainedAgent& trained) {
  const double share = trained.config.dataset.validation.value_or(0);
  SEQRL_REQUIRE(share > 0, "it was trained on all of {}: nothing was held out",
                trained.config.dataset.path);
  const Trajectories all = load_data(trained.config);
  if (checkpoint.has_text("dataset_fingerprint")) {
    require_same_data(checkpoint, trained.config, all);
  }
  HoldOut parts = hold_out(all, share, trained.config.seed);
  return Validation(trained.config, trained.agent->spec(), std::move(parts.held_out));
}

StepResult OfflineLearner::step(std::int64_t step) {
  return trainer_.step(step);
}

StepResult OfflineLearner::wait() {
  return trainer_.wait();
}

std::vector<Metric> OfflineLearner::take_metrics() {
  return trainer_.take_metrics();
}

std::optional<EvaluationReport> OfflineLearner::evaluate(const ProgressMonitor& monitor) {
  std::optional<EvaluationReport> report;
  if (config().has_env()) {
    report = AgentLearner::evaluate(monitor);
    if (!report || !validation_) return report;
  }
  const std::optional<ValidationResult> held_out = validation_->measure(block(), pool(), monitor);
  if (!held_out) return std::nullopt;
  if (!report) {
    report = EvaluationReport{.json = to_json(*held_out),
                              .metrics = {},
                              .ranking = -held_out->loss,
                              .text = to_text(*held_out)};
  } else {
    report->json["validation_loss"] = held_out->loss;
    if (held_out->accuracy) report->json["validation_accuracy"] = *held_out->accuracy;
    report->text += to_text(*held_out);
  }
  report->metrics.push_back({"eval/validation_loss", held_out->loss});
  if (held_out->accuracy) {
    report->metrics.push_back({"eval/validation_accuracy", *held_out->accuracy});
  }
  return report;
}

std::string OfflineLearner::source() const {
  const std::string file = config().dataset.path.text();  // none if a program provided the data
  const std::string &id = data_.source().id, place = file.empty() ? data_.source().path : file;
  return fmt::format("{}: {} episodes, {} transitions",
                     id.empty() || id == place ? place : fmt::format("{} ({})", id, place),
                     data_.episodes().size(), data_.transitions());
}

std::string OfflineLearner::data_facts() const {
  const double sum = std::accumulate(data_.returns().begin(), data_.returns().end(), 0.0);
  nlohmann::ordered_json facts = {
      {"layout", data_.source().layout},
      {"stated_env", data_.source().stated_env},
      {"episodes", data_.episodes().size()},
      {"transitions", data_.transitions()},
      {"return_mean", sum / static_cast<double>(data_.returns().size())}};
  if (!data_.source().id.empty()) facts["id"] = data_.source().id;
  if (scale()) facts["scale"] = nlohmann::ordered_json::parse(scale_json(*scale()));
  if (const std::string& layout = data_.source().observation_layout; !layout.empty()) {
    facts["observation_layout"] = layout;
  }
  return facts.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::vector<std::string> OfflineLearner::notes() const {
  const std::unique_ptr<Env> env = config().has_env() ? make_env(config().env) : nullptr;
  std::vector<std::string> notes = fit_notes(config(), data_, env.get());
  if (!config().init_from.empty()) {
    notes.push_back(fmt::format(
        "init_from: training began with the weights of {}; the normalisation is {}",
        config().init_from, config().init_normalization == "keep" ? "theirs" : "this data's"));
  }
  if (!config().has_env()) {
    notes.emplace_back(
        "env is none: training from logs only, without an environment for evaluation");
  }
  if (validation_) {
    const Trajectories& apart = validation_->episodes();
    notes.push_back(
        fmt::format("dataset.validation: {} of {} episodes, {} transitions, are held out; the loss "
                    "on them {}",
                    apart.episodes().size(), data_.episodes().size(), apart.transitions(),
                    config().has_env() ? "is also measured" : "ranks checkpoints"));
  }
  const ActionBox box = action_box(env ? &env->action_space() : nullptr, data_);
  if (!box.note.empty()) notes.push_back(box.note);
  if (!agent().uses_targets()) return notes;
  if (env && targets_from_data_) {
    notes.push_back(
        fmt::format("evaluation.targets: {} has no defaults, so they are the best and the median "
                    "return of the data: [{}]",
                    title_of(config().env), fmt::join(config().evaluation.targets, ", ")));
  }
  const std::string scale = return_scale_note(data_, agent_as<OfflineAgent>().return_scale());
  if (!scale.empty()) notes.push_back(scale);
  return notes;
}

void OfflineLearner::save(CheckpointWriter& checkpoint) {
  save_weights(checkpoint);
  trainer_.save(checkpoint);
  checkpoint.add_number("dataset_fingerprint", data_.fingerprint());
}

void OfflineLearner::load(const CheckpointReader& checkpoint) {
  require_same_data(checkpoint, config(), data_);
  const double then =
      read_run_config(checkpoint, PluginUse::describe).dataset.validation.value_or(0);
  const double now = config().dataset.validation.value_or(0);
  SEQRL_REQUIRE(now == then,
                "{}: dataset.validation is {}, but the run held {} of the episodes out; keep that "
                "value, or start a new run",
                checkpoint.path(), now, then);
  require_same_actions(checkpoint, agent());
  checkpoint.read(block(), "model.");
  trainer_.load(checkpoint);
}

}  // namespace seqrl

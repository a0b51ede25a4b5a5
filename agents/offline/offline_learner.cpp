#include "agents/offline/offline_learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agents/action_box.h"
#include "agents/datasets/load.h"
#include "agents/trainer_record.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

Problem make_problem(const RunConfig& config, const Trajectories& data) {
  const std::unique_ptr<Env> env = make_env(config.env);
  SEQRL_REQUIRE(
      env->observation_space().dim() == data.observation_dim() &&
          env->action_space().dim() == data.action_dim(),
      "{}: observations of {} numbers and actions of {}, but {} has {} and {}; set env to the "
      "dataset's own environment: where it is none of the built-in ones, describe it (env: {{kind: "
      "mjcf, model: FILE.xml, …}}; seqrl help config) or bring it with plugins: [LIBRARY.so]",
      data.source().path, data.observation_dim(), data.action_dim(), title_of(config.env),
      env->observation_space().dim(), env->action_space().dim());
  std::int64_t longest = env->max_episode_steps();
  for (const Episode& episode : data.episodes()) longest = std::max(longest, episode.length);
  ActionBox actions = action_box(&env->action_space(), data);
  return {.observation_dim = data.observation_dim(),
          .action_dim = data.action_dim(),
          .context = config.training.context,
          .max_episode_steps = longest,
          .dropout = config.training.dropout,
          .observation_mean = {data.observation_mean().begin(), data.observation_mean().end()},
          .observation_std = {data.observation_std().begin(), data.observation_std().end()},
          .action_low = std::move(actions.low),
          .action_high = std::move(actions.high)};
}

}  // namespace

OfflineLearner::OfflineLearner(const RunConfig& config, Trajectories data, ThreadPool& pool)
    : AgentLearner(config, make_problem(config, data), learning_device(config), pool),
      data_(std::move(data)),
      objective_(agent_as<OfflineAgent>(), data_,
                 {.context = config.training.context,
                  .batch = config.training.batch,
                  .seed = config.seed,
                  .device = block().device()}),
      trainer_(block(), objective_, trainer_options(config), pool) {}

std::unique_ptr<OfflineLearner> OfflineLearner::load_data(const RunConfig& config,
                                                          ThreadPool& pool) {
  SEQRL_REQUIRE(!config.dataset.path.empty(),
                "dataset.path: which dataset? give it as dataset.path=FILE");
  LoadOptions options;
  options.keep_cut_episodes = config.dataset.keep_cut_episodes;
  return std::make_unique<OfflineLearner>(config, load_dataset(config.dataset.path, options), pool);
}

Learner::StepResult OfflineLearner::step(std::int64_t step) {
  return learner_result(trainer_.step(step));
}

Learner::StepResult OfflineLearner::wait() {
  return learner_result(trainer_.wait());
}

std::vector<Metric> OfflineLearner::take_metrics() {
  return seqrl::take_metrics(trainer_);
}

std::string OfflineLearner::source() const {
  const std::string& file = config().dataset.path;  // none where a program brought the data
  return fmt::format("{}: {} episodes, {} transitions", file.empty() ? data_.source().path : file,
                     data_.episodes().size(), data_.transitions());
}

std::vector<std::string> OfflineLearner::notes() const {
  const std::string note = action_box(&make_env(config().env)->action_space(), data_).note;
  return note.empty() ? std::vector<std::string>{} : std::vector{note};
}

void OfflineLearner::save(CheckpointWriter& checkpoint) {
  save_weights(checkpoint);
  seqrl::save(checkpoint, trainer_, block());
  checkpoint.add_number("dataset_fingerprint", data_.fingerprint());
}

void OfflineLearner::load(const CheckpointReader& checkpoint) {
  SEQRL_REQUIRE(checkpoint.number<std::uint64_t>("dataset_fingerprint") == data_.fingerprint(),
                "{}: the dataset is not the one this run was trained on ({}); put that file back, "
                "say where it lies now, dataset.path=FILE, or start a new run",
                config().dataset.path, checkpoint.text("dataset"));
  require_same_actions(checkpoint, agent());
  seqrl::load(checkpoint, trainer_, block());
}

}  // namespace seqrl

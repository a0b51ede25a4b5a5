#include "agents/evaluation/evaluator.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <sstream>
#include <utility>

#include "agents/datasets/scores.h"
#include "agents/evaluation/device_group.h"
#include "agents/evaluation/episode_counter.h"
#include "agents/evaluation/episode_seed.h"
#include "agents/evaluation/group_queue.h"
#include "configs/base/stopwatch.h"
#include "envs/env_notes.h"
#include "envs/mujoco/mujoco_model.h"
#include "envs/registry.h"
#include "models/core/alignment.h"

namespace seqrl {
namespace {

// Plays groups until none are left or the monitor stops it. Returns the seconds spent in the
// environments.
double play(GroupQueue& queue, EpisodeCounter& counter) {
  double simulation_seconds = 0;
  try {
    while (std::optional<EpisodeGroup> group = queue.take()) {
      while (group->size() > 0 && !queue.stopped()) {
        if (counter.stopped()) queue.stop();
        queue.share(*group);
        const std::size_t before = group->size();
        group->step();
        counter.add(before, group->size(), group->age());
      }
      simulation_seconds += group->simulation_seconds();
      queue.finish();
    }
  } catch (...) {
    queue.stop();  // the others would wait for this thread
    throw;
  }
  return simulation_seconds;
}

// The episodes of an evaluation, and their results.
class Plan {
 public:
  Plan(const Agent& agent, const EvaluationOptions& options)
      : options_(options),
        modes_(options.modes),
        has_memory_(agent.has_memory()),
        targets_(options.targets.begin(), options.targets.end()) {
    SEQRL_REQUIRE(options.episodes > 0 && !modes_.empty(),
                  "an evaluation needs at least one episode and one mode");
    const std::unique_ptr<Env> env = make_env(options.env);
    require_fit(agent, *env);
    if (agent.spec().action_choices > 0) actions_ = options.samples ? "sampled" : "likely";
    SEQRL_REQUIRE(!options.samples || !actions_.empty(),
                  "evaluation.actions: sampled is only for discrete actions, but those of {} are "
                  "continuous; use likely",
                  env->name());
    longest_ = env->max_episode_steps();
    env_versions_ = env->versions();
    if (!agent.uses_targets()) targets_.assign(1, std::nullopt);
    SEQRL_REQUIRE(!targets_.empty(), "no target return to evaluate; set evaluation.targets");
    if (!has_memory_) modes_.resize(1);  // both would be the same
    for (std::size_t i = 0; i < modes_.size() * targets_.size(); ++i) {
      for (std::int64_t episode = 0; episode < options.episodes; ++episode) {
        results_.push_back({.target = targets_[i % targets_.size()],
                            .seed = episode_seed(options.seed, EpisodeUse::evaluation, episode),
                            .number = static_cast<std::uint32_t>(episode)});
      }
    }
  }

  // The number of episodes of one mode, over all ranks.
  std::size_t all_of_mode() const { return results_.size() / modes_.size(); }

  // Distributes the episodes of every mode over ranks, and returns how many of one mode this rank
  // plays.
  std::size_t share_episodes() {
    const Communicator& ranks = *options_.ranks;
    for (std::size_t mode = 0; mode < modes_.size(); ++mode) {
      auto& bounds = bounds_.emplace_back(
          parts_of_ranks(static_cast<std::int64_t>(all_of_mode()), ranks.ranks()));
      for (std::int64_t& bound : bounds) bound += static_cast<std::int64_t>(mode * all_of_mode());
    }
    return mine(bounds_[0]).size();
  }

  // The same in whole groups of at most `size`, as a single process would have them.
  std::vector<EpisodesOfMode> share_groups(std::size_t size) {
    std::vector<EpisodesOfMode> groups;
    for (std::size_t mode = 0; mode < modes_.size(); ++mode) {
      add_groups(mode, std::span(results_).subspan(mode * all_of_mode(), all_of_mode()), size,
                 groups);
    }
    const Communicator& ranks = *options_.ranks;
    const auto dealt = parts_of_ranks(std::ssize(groups), ranks.ranks());
    std::vector<std::int64_t>& bounds = bounds_.emplace_back();
    for (const std::int64_t first : dealt) {
      const auto group = static_cast<std::size_t>(first);
      bounds.push_back(group == groups.size() ? std::ssize(results_)
                                              : groups[group].results.data() - results_.data());
    }
    const auto rank = static_cast<std::size_t>(ranks.rank());
    return {groups.begin() + dealt[rank], groups.begin() + dealt[rank + 1]};
  }

  // This rank's episodes of share_episodes(), in groups of one mode each and of at most `size`.
  std::vector<EpisodesOfMode> groups(std::size_t size) {
    std::vector<EpisodesOfMode> groups;
    for (std::size_t mode = 0; mode < modes_.size(); ++mode) {
      add_groups(mode, mine(bounds_[mode]), size, groups);
    }
    return groups;
  }

  EpisodeCounter counter() {
    std::size_t episodes = 0;
    for (const auto& bounds : bounds_) episodes += mine(bounds).size();
    return {episodes, longest_, options_.monitor};
  }

  // Gives every rank the results of all. Returns whether they are complete: no rank's monitor has
  // stopped it.
  bool gather(bool stopped, double& simulation_seconds) {
    Communicator& ranks = *options_.ranks;
    if (ranks.any(stopped)) return false;
    std::span<EpisodeResult> all(results_);
    for (const auto& bounds : bounds_) ranks.all_gather(all, bounds);
    std::vector<double> seconds(static_cast<std::size_t>(ranks.ranks()));
    seconds[static_cast<std::size_t>(ranks.rank())] = simulation_seconds;
    ranks.all_gather(std::span(seconds), parts_of_ranks(ranks.ranks(), ranks.ranks()));
    simulation_seconds = std::accumulate(seconds.begin(), seconds.end(), 0.0);
    for (const std::string& texts :
         ranks.all_texts(fmt::format("{}", fmt::join(take_env_notes(), "\n")))) {
      std::istringstream lines(texts);
      for (std::string note; std::getline(lines, note);) {
        if (std::ranges::find(notes_, note) == notes_.end()) notes_.push_back(note);
      }
    }
    return true;
  }

  // The result, once all episodes have been played.
  Evaluation evaluation(Device device, double seconds, double simulation_seconds) const {
    Evaluation evaluation{.env = title_of(options_.env),
                          .mujoco_version = mujoco_version(),
                          .env_versions = env_versions_,
                          .device = device,
                          .modes = modes_,
                          .has_memory = has_memory_,
                          .actions = actions_,
                          .simulation_seconds = simulation_seconds,
                          .notes = notes_};
    for (const EpisodeResult& episode : results_) evaluation.steps += episode.length;
    evaluation.steps_per_second = static_cast<double>(evaluation.steps) / seconds;
    evaluation.scale = options_.scale;
    const auto reference = reference_returns(options_.env.kind());
    const auto episodes = static_cast<std::size_t>(options_.episodes);
    std::span<const EpisodeResult> rest(results_);
    for (const ActMode mode : modes_) {
      for (const auto& target : targets_) {
        evaluation.targets.push_back(
            TargetResult::of(mode, target, rest.first(episodes), reference));
        rest = rest.subspan(episodes);
      }
    }
    return evaluation;
  }

 private:
  std::span<EpisodeResult> mine(const std::vector<std::int64_t>& bounds) {
    const auto rank = static_cast<std::size_t>(options_.ranks->rank());
    const auto first = static_cast<std::size_t>(bounds[rank]),
               last = static_cast<std::size_t>(bounds[rank + 1]);
    return std::span(results_).subspan(first, last - first);
  }
  void add_groups(std::size_t mode, std::span<EpisodeResult> episodes, std::size_t size,
                  std::vector<EpisodesOfMode>& groups) const {
    while (!episodes.empty()) {
      const std::size_t count = std::min(size, episodes.size());
      groups.push_back({modes_[mode], episodes.first(count)});
      if (options_.samples) groups.back().sample_seed = options_.seed;
      episodes = episodes.subspan(count);
    }
  }

  const EvaluationOptions& options_;
  std::vector<ActMode> modes_;
  bool has_memory_;
  std::string actions_;       // "likely", "sampled", or "" if they are not choices
  std::int64_t longest_ = 0;  // maximum steps of an episode
  std::string env_versions_;
  std::vector<std::string> notes_;  // of the environments of all ranks
  std::vector<std::optional<double>> targets_;
  std::vector<EpisodeResult> results_;  // by mode, then by target
  // The boundaries of each rank's ranges of results_, the end of the last included.
  std::vector<std::vector<std::int64_t>> bounds_;
};

}  // namespace

EvaluationOptions evaluation_options(const RunConfig& config) {
  SEQRL_REQUIRE(config.has_env(),
                "env is none: the agent learned from logs only, so there is no environment to act "
                "in; name one with the same observations and actions: env=NAME");
  EvaluationOptions options{.env = config.env,
                            .targets = config.evaluation.targets,
                            .episodes = config.evaluation.episodes,
                            .modes = {},
                            .samples = config.evaluation.actions == "sampled",
                            .seed = config.evaluation.seed,
                            .ranks = config.ranks};
  for (const std::string& mode : config.evaluation.mode) options.modes.push_back(act_mode(mode));
  return options;
}

void require_fit(const Agent& agent, const Env& env) {
  const AgentSpec& spec = agent.spec();
  SEQRL_REQUIRE(env.action_space().choices == spec.action_choices,
                "the actions of {} are {}, but those of the agent are {}; set env to the "
                "environment of its dataset",
                env.name(), choices_text(env.action_space().choices),
                choices_text(spec.action_choices));
  SEQRL_REQUIRE(
      env.observation_space().dim() == spec.observation_dim &&
          env.action_space().dim() == spec.action_dim,
      "the agent was trained for observations of {} numbers and actions of {}, but {} has "
      "{} and {}; set env to the environment of its dataset",
      spec.observation_dim, spec.action_dim, env.name(), env.observation_space().dim(),
      env.action_space().dim());
}

std::optional<Evaluation> evaluate(const Agent& agent, const PackedWeights& weights,
                                   const EvaluationOptions& options, ThreadPool& pool) {
  Plan plan(agent, options);
  // The largest equal groups that keep every thread busy from the start.
  const auto threads = static_cast<std::size_t>(pool.threads());
  const std::size_t most = options.group > 0 ? static_cast<std::size_t>(options.group) : 64;
  const std::size_t each = plan.share_episodes();
  const std::size_t rounds = std::max<std::size_t>(1, divide_up(each, threads * most));
  const auto groups = plan.groups(divide_up(each, threads * rounds));

  GroupQueue queue(groups.size(), [&](std::size_t i) {
    return EpisodeGroup(options.env, agent.make_policy(groups[i].mode, weights), groups[i].results,
                        groups[i].sample_seed);
  });
  std::vector<double> simulation_seconds(threads);
  EpisodeCounter counter = plan.counter();
  const Stopwatch watch;
  pool.run(pool.threads(),
           [&](int i) { simulation_seconds[static_cast<std::size_t>(i)] = play(queue, counter); });
  double simulated = std::accumulate(simulation_seconds.begin(), simulation_seconds.end(), 0.0);
  if (!plan.gather(queue.stopped(), simulated)) return std::nullopt;
  return plan.evaluation(Device::cpu, watch.seconds(), simulated);
}

std::optional<Evaluation> evaluate(const Agent& agent, const ParameterBlock& parameters,
                                   const EvaluationOptions& options, ThreadPool& pool) {
  const Device device = parameters.device();
  if (device == Device::cpu) {
    return evaluate(agent, PackedWeights(parameters, false), options, pool);
  }
  require_same_gpu(*options.ranks);
  Plan plan(agent, options);
  // Two groups that take turns, or as many pairs of them as the device's memory requires.
  const std::size_t most = options.group > 0 ? static_cast<std::size_t>(options.group) : 256;
  const std::size_t each = plan.all_of_mode();
  const auto groups = plan.share_groups(divide_up(each, 2 * divide_up(each, 2 * most)));
  EpisodeCounter counter = plan.counter();
  const Stopwatch watch;
  const auto simulation_seconds = play_on(device, agent, options.env, groups, counter, pool);
  double simulated = simulation_seconds.value_or(0);
  if (!plan.gather(!simulation_seconds, simulated)) return std::nullopt;
  return plan.evaluation(device, watch.seconds(), simulated);
}

Device evaluation_device(const RunConfig& config, const Agent& agent, Device home) {
  const std::string& device = config.evaluation.device;
  if (device == "cpu" || (device == "auto" && !agent.acts_on_devices())) return Device::cpu;
  if (device == "auto") return home;
  SEQRL_REQUIRE(agent.acts_on_devices(),
                "evaluation.device: {}: {} acts on the CPU; use evaluation.device: cpu", device,
                learner_name(config));
  return available_device(device, "evaluation.device");
}

}  // namespace seqrl

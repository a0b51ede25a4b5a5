#include "agents/evaluation/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "agents/datasets/scores.h"
#include "agents/evaluation/device_group.h"
#include "agents/evaluation/episode_counter.h"
#include "agents/evaluation/episode_group.h"
#include "agents/evaluation/episode_seed.h"
#include "envs/mujoco/mujoco_model.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

// Hands groups of episodes to threads: those not yet begun, then halves of those that others play.
class Exchange {
 public:
  using Begin = std::function<EpisodeGroup(std::size_t)>;
  Exchange(std::size_t groups, Begin begin) : groups_(groups), begin_(std::move(begin)) {}

  // The next group to play; waits for one until all have been played.
  std::optional<EpisodeGroup> take() {
    std::unique_lock lock(mutex_);
    if (stopped_) return std::nullopt;
    if (begun_ < groups_) {
      ++playing_;
      const std::size_t i = begun_++;
      lock.unlock();
      return begin_(i);
    }
    ++wanted_;
    changed_.wait(lock, [this] { return !given_.empty() || playing_ == 0 || stopped_; });
    if (stopped_ || given_.empty()) return std::nullopt;
    EpisodeGroup group = std::move(given_.back());
    given_.pop_back();
    return group;
  }

  // To be called between steps: gives a half of the group away if a thread waits for one.
  void share(EpisodeGroup& group) {
    if (wanted_.load(std::memory_order_relaxed) == 0 || group.size() < 2) return;
    {
      const std::lock_guard lock(mutex_);
      if (wanted_ == 0) return;
      given_.push_back(group.split());
      ++playing_;
      --wanted_;
    }
    changed_.notify_one();
  }

  // A group that was taken has been played.
  void finish() {
    const std::lock_guard lock(mutex_);
    if (--playing_ == 0) changed_.notify_all();
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

 private:
  const std::size_t groups_;
  const Begin begin_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t begun_ = 0;
  std::vector<EpisodeGroup> given_;  // no thread plays them yet
  int playing_ = 0;                  // groups that threads have, and those given
  std::atomic<int> wanted_{0};       // threads that wait, less the groups given to them
  std::atomic<bool> stopped_{false};
};

// Plays what there is to play until it ends or is stopped.
// Returns the seconds spent in the environments.
double play(Exchange& exchange, EpisodeCounter& counter) {
  double simulation_seconds = 0;
  try {
    while (std::optional<EpisodeGroup> group = exchange.take()) {
      while (group->size() > 0 && !exchange.stopped()) {
        if (counter.stopped()) exchange.stop();
        exchange.share(*group);
        const std::size_t before = group->size();
        group->step();
        counter.add(before, group->size(), group->age());
      }
      simulation_seconds += group->simulation_seconds();
      exchange.finish();
    }
  } catch (...) {
    exchange.stop();  // the others would wait for this thread
    throw;
  }
  return simulation_seconds;
}

struct Moments {
  double mean, std;
};
Moments moments(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / n)};
}

TargetResult summarize(ActMode mode, std::optional<double> target,
                       std::span<const EpisodeResult> results,
                       const std::optional<ReferenceReturns>& reference) {
  TargetResult result{.mode = mode, .target = target};
  result.episodes = static_cast<std::int64_t>(results.size());
  std::vector<double> lengths, scores;
  for (const EpisodeResult& episode : results) {
    result.lengths.push_back(episode.length);
    result.all_returns.push_back(episode.valid ? std::optional(episode.total) : std::nullopt);
    if (!episode.valid) {
      ++result.invalid;
      continue;
    }
    result.returns.push_back(episode.total);
    lengths.push_back(static_cast<double>(episode.length));
    if (reference) scores.push_back(reference->normalized(episode.total));
  }
  if (result.returns.empty()) return result;
  const Moments returns = moments(result.returns);
  result.return_mean = returns.mean;
  result.return_std = returns.std;
  result.length_mean = moments(lengths).mean;
  if (reference) {
    const Moments score = moments(scores);
    result.score_mean = score.mean;
    result.score_std = score.std;
  }
  return result;
}

std::size_t divided(std::size_t n, std::size_t by) {
  return (n + by - 1) / by;  // rounded up
}

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// What is to be played, and what came of it.
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
    longest_ = env->max_episode_steps();
    if (!agent.uses_targets()) targets_.assign(1, std::nullopt);
    SEQRL_REQUIRE(!targets_.empty(), "no target return to evaluate; set evaluation.targets");
    if (!has_memory_) modes_.resize(1);  // they are the same
    for (std::size_t i = 0; i < modes_.size() * targets_.size(); ++i) {
      for (std::int64_t episode = 0; episode < options.episodes; ++episode) {
        results_.push_back({.target = targets_[i % targets_.size()],
                            .seed = episode_seed(options.seed, EpisodeUse::evaluation, episode)});
      }
    }
  }

  EpisodeCounter counter() const { return {results_.size(), longest_, options_.monitor}; }

  // Of one mode.
  std::size_t per_mode() const { return results_.size() / modes_.size(); }

  // All episodes, in groups of one mode each and of `size` at most.
  std::vector<EpisodesOfMode> groups(std::size_t size) {
    std::vector<EpisodesOfMode> groups;
    std::span<EpisodeResult> rest(results_);
    for (const ActMode mode : modes_) {
      for (std::size_t left = per_mode(); left > 0;) {
        const std::size_t count = std::min(size, left);
        groups.push_back({mode, rest.first(count)});
        rest = rest.subspan(count);
        left -= count;
      }
    }
    return groups;
  }

  // Of episodes that have been played.
  Evaluation evaluation(Device device, double seconds, double simulation_seconds) const {
    Evaluation evaluation{.env = title_of(options_.env),
                          .mujoco_version = mujoco_version(),
                          .device = device,
                          .modes = modes_,
                          .has_memory = has_memory_,
                          .simulation_seconds = simulation_seconds};
    for (const EpisodeResult& episode : results_) evaluation.steps += episode.length;
    evaluation.steps_per_second = static_cast<double>(evaluation.steps) / seconds;
    const auto reference = reference_returns(options_.env.kind());
    const auto episodes = static_cast<std::size_t>(options_.episodes);
    std::span<const EpisodeResult> rest(results_);
    for (const ActMode mode : modes_) {
      for (const auto& target : targets_) {
        evaluation.targets.push_back(summarize(mode, target, rest.first(episodes), reference));
        rest = rest.subspan(episodes);
      }
    }
    return evaluation;
  }

 private:
  const EvaluationOptions& options_;
  std::vector<ActMode> modes_;
  bool has_memory_;
  std::int64_t longest_ = 0;  // steps of an episode, at most
  std::vector<std::optional<double>> targets_;
  std::vector<EpisodeResult> results_;  // by mode, then by target
};

nlohmann::ordered_json number_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

}  // namespace

EvaluationOptions evaluation_options(const RunConfig& config) {
  SEQRL_REQUIRE(config.has_env(),
                "env is none: the agent learned from logs alone, and there is nothing to act in; "
                "name an environment of the same observations and actions: env=NAME");
  EvaluationOptions options{.env = config.env,
                            .targets = config.evaluation.targets,
                            .episodes = config.evaluation.episodes,
                            .modes = {},
                            .seed = config.evaluation.seed};
  for (const std::string& mode : config.evaluation.mode) options.modes.push_back(act_mode(mode));
  return options;
}

double Evaluation::ranking() const {
  if (targets.empty()) return -std::numeric_limits<double>::infinity();
  const TargetResult& first = targets.front();
  return first.score_mean.value_or(
      first.return_mean.value_or(-std::numeric_limits<double>::infinity()));
}

void require_fit(const Agent& agent, const Env& env) {
  const AgentSpec& spec = agent.spec();
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
  // The largest groups, all alike, that keep every thread busy from the start.
  const auto threads = static_cast<std::size_t>(pool.threads());
  const std::size_t most = options.group > 0 ? static_cast<std::size_t>(options.group) : 64;
  const std::size_t rounds = divided(plan.per_mode(), threads * most);
  const auto groups = plan.groups(divided(plan.per_mode(), threads * rounds));

  Exchange exchange(groups.size(), [&](std::size_t i) {
    return EpisodeGroup(options.env, agent.make_policy(groups[i].mode, weights), groups[i].results);
  });
  std::vector<double> simulation_seconds(threads);
  EpisodeCounter counter = plan.counter();
  const Stopwatch watch;
  pool.run(pool.threads(), [&](int i) {
    simulation_seconds[static_cast<std::size_t>(i)] = play(exchange, counter);
  });
  if (exchange.stopped()) return std::nullopt;
  return plan.evaluation(
      Device::cpu, watch.seconds(),
      std::accumulate(simulation_seconds.begin(), simulation_seconds.end(), 0.0));
}

std::optional<Evaluation> evaluate(const Agent& agent, const ParameterBlock& parameters,
                                   const EvaluationOptions& options, ThreadPool& pool) {
  const Device device = parameters.device();
  if (device == Device::cpu) {
    return evaluate(agent, PackedWeights(parameters, false), options, pool);
  }
  Plan plan(agent, options);
  // Two groups that take turns, or as many pairs of them as the device's memory asks for.
  const std::size_t most = options.group > 0 ? static_cast<std::size_t>(options.group) : 256;
  const auto groups = plan.groups(divided(plan.per_mode(), 2 * divided(plan.per_mode(), 2 * most)));
  EpisodeCounter counter = plan.counter();
  const Stopwatch watch;
  const auto simulation_seconds = play_on(device, agent, options.env, groups, counter, pool);
  if (!simulation_seconds) return std::nullopt;
  return plan.evaluation(device, watch.seconds(), *simulation_seconds);
}

Device evaluation_device(const RunConfig& config, const Agent& agent, Device home) {
  const std::string& device = config.evaluation.device;
  if (device == "cpu" || (device == "auto" && !agent.acts_on_devices())) return Device::cpu;
  if (device == "auto") return home;
  SEQRL_REQUIRE(agent.acts_on_devices(),
                "evaluation.device: cuda: {} acts on the CPU; use evaluation.device: cpu",
                learner_name(config));
  SEQRL_REQUIRE(!cuda_problem(),
                "evaluation.device: cuda is not available: {}; use evaluation.device: cpu",
                cuda_problem());
  return Device::cuda;
}

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
  std::vector<std::string> modes;
  for (ActMode mode : evaluation.modes) modes.emplace_back(name_of(mode));
  nlohmann::ordered_json json = {{"env", evaluation.env},
                                 {"mujoco_version", evaluation.mujoco_version},
                                 {"device", name_of(evaluation.device)},
                                 {"mode", modes.size() == 1 ? nlohmann::ordered_json(modes[0])
                                                            : nlohmann::ordered_json(modes)},
                                 {"modes", evaluation.has_memory ? modes : decltype(modes)()},
                                 {"steps_per_second", evaluation.steps_per_second},
                                 {"targets", nlohmann::ordered_json::array()}};
  for (const TargetResult& result : evaluation.targets) {
    auto returns = nlohmann::ordered_json::array();
    for (const auto& value : result.all_returns) returns.push_back(number_or_null(value));
    json["targets"].push_back({{"mode", name_of(result.mode)},
                               {"target", number_or_null(result.target)},
                               {"episodes", result.episodes},
                               {"invalid", result.invalid},
                               {"return_mean", number_or_null(result.return_mean)},
                               {"return_std", number_or_null(result.return_std)},
                               {"score_mean", number_or_null(result.score_mean)},
                               {"score_std", number_or_null(result.score_std)},
                               {"length_mean", number_or_null(result.length_mean)},
                               {"returns", std::move(returns)},
                               {"lengths", result.lengths}});
  }
  return json;
}

std::string to_text(const Evaluation& evaluation) {
  std::string text = fmt::format("{} (MuJoCo {}){}, {:.0f} environment steps a second\n",
                                 evaluation.env, evaluation.mujoco_version,
                                 evaluation.device == Device::cuda ? ", policies on the GPU" : "",
                                 evaluation.steps_per_second);
  text += fmt::format("{:<8}{:>8}{:>10}{:>20}{:>18}{:>9}\n", "mode", "target", "episodes", "return",
                      "score", "length");
  const auto pair = [](const std::optional<double>& mean, const std::optional<double>& std) {
    return mean ? fmt::format("{:.1f} ± {:.1f}", *mean, *std) : std::string("-");
  };
  for (const TargetResult& result : evaluation.targets) {
    text += fmt::format(
        "{:<8}{:>8}{:>10}{:>20}{:>18}{:>9}\n", evaluation.has_memory ? name_of(result.mode) : "-",
        result.target ? fmt::format("{:g}", *result.target) : "-", result.episodes,
        pair(result.return_mean, result.return_std), pair(result.score_mean, result.score_std),
        result.length_mean ? fmt::format("{:.0f}", *result.length_mean) : "-");
    if (result.invalid > 0) {
      text +=
          fmt::format("        {} episodes were invalid (the simulation broke) and not scored\n",
                      result.invalid);
    }
  }
  return text;
}

}  // namespace seqrl

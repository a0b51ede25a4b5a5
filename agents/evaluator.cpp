#include "agents/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <iterator>
#include <limits>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "agents/episode_seed.h"
#include "agents/scores.h"
#include "envs/mujoco_model.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

// One episode to play, and what came of it.
struct Play {
  std::optional<double> target;
  std::uint64_t seed;
  double total = 0;
  std::int64_t length = 0;
  bool valid = true;
};

using Envs = std::vector<std::unique_ptr<Env>>;

// Environments that wait for the next group: to make one costs as much as tens of its steps.
class IdleEnvs {
 public:
  explicit IdleEnvs(std::string kind) : kind_(std::move(kind)) {}

  Envs take(std::size_t count) {
    Envs envs;
    {
      const std::lock_guard lock(mutex_);
      while (envs.size() < count && !envs_.empty()) {
        envs.push_back(std::move(envs_.back()));
        envs_.pop_back();
      }
    }
    while (envs.size() < count) envs.push_back(make_env(kind_));
    return envs;
  }

  void give_back(Envs envs) {
    const std::lock_guard lock(mutex_);
    std::ranges::move(envs, std::back_inserter(envs_));
  }

 private:
  std::string kind_;
  std::mutex mutex_;
  Envs envs_;
};

// Plays a group of episodes in lockstep.
// Returns the seconds spent in the environments.
double play(const EvaluationOptions& options, Policy& policy, IdleEnvs& idle, std::span<Play> plays,
            std::atomic<bool>& stopped) {
  using Clock = std::chrono::steady_clock;
  std::chrono::duration<double> simulation{0};
  Envs envs = idle.take(plays.size());
  const auto observation_dim = static_cast<std::size_t>(envs[0]->observation_space().dim());
  const auto action_dim = static_cast<std::size_t>(envs[0]->action_space().dim());

  std::vector<std::size_t> alive(plays.size());  // which play stands in which row
  std::iota(alive.begin(), alive.end(), 0);
  std::vector<double> targets, rewards(plays.size()), observations(plays.size() * observation_dim),
      actions(plays.size() * action_dim);
  std::vector<std::int64_t> rows;
  const auto observation_of = [&](std::size_t row) {
    return std::span(observations).subspan(row * observation_dim, observation_dim);
  };
  for (std::size_t i = 0; i < plays.size(); ++i) {
    targets.push_back(plays[i].target.value_or(0));
    envs[i]->reset(plays[i].seed, observation_of(i));
  }
  policy.begin(targets);
  while (!alive.empty() && !stopped) {
    if (options.stop && options.stop()) stopped = true;
    policy.act({observations.data(), alive.size() * observation_dim},
               {rewards.data(), alive.size()}, {actions.data(), alive.size() * action_dim});
    rows.clear();
    const Clock::time_point simulated = Clock::now();
    for (std::size_t row = 0; row < alive.size(); ++row) {
      Play& episode = plays[alive[row]];
      const std::size_t to = rows.size();  // survivors close ranks
      const Outcome outcome = envs[alive[row]]->step(
          {actions.data() + row * action_dim, action_dim}, observation_of(to));
      episode.total += outcome.reward;
      ++episode.length;
      episode.valid = !outcome.invalid && std::isfinite(episode.total);
      rewards[to] = outcome.reward;
      alive[to] = alive[row];
      if (!outcome.done() && episode.valid) rows.push_back(static_cast<std::int64_t>(row));
    }
    simulation += Clock::now() - simulated;
    if (rows.size() < alive.size()) {
      alive.resize(rows.size());
      policy.keep(rows);
    }
  }
  idle.give_back(std::move(envs));
  return simulation.count();
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

TargetResult summarize(ActMode mode, std::optional<double> target, std::span<const Play> plays,
                       const std::optional<ReferenceReturns>& reference) {
  TargetResult result{.mode = mode, .target = target};
  result.episodes = static_cast<std::int64_t>(plays.size());
  std::vector<double> lengths, scores;
  for (const Play& episode : plays) {
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

nlohmann::ordered_json number_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

}  // namespace

EvaluationOptions evaluation_options(const RunConfig& config) {
  EvaluationOptions options{.env = config.env.kind(),
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

std::optional<Evaluation> evaluate(const Agent& agent, const PackedWeights& weights,
                                   const EvaluationOptions& options, ThreadPool& pool) {
  SEQRL_REQUIRE(options.episodes > 0 && !options.modes.empty(),
                "an evaluation needs at least one episode and one mode");
  const std::unique_ptr<Env> env = make_env(options.env);
  const Problem& problem = agent.problem();
  SEQRL_REQUIRE(
      env->observation_space().dim() == problem.observation_dim &&
          env->action_space().dim() == problem.action_dim,
      "the agent was trained for observations of {} numbers and actions of {}, but {} has "
      "{} and {}; set env to the environment of its dataset",
      problem.observation_dim, problem.action_dim, options.env, env->observation_space().dim(),
      env->action_space().dim());

  std::vector<std::optional<double>> targets(options.targets.begin(), options.targets.end());
  if (!agent.uses_targets()) targets.assign(1, std::nullopt);
  SEQRL_REQUIRE(!targets.empty(), "no target return to evaluate; set evaluation.targets");

  std::vector<ActMode> modes = options.modes;
  if (!agent.has_memory()) modes.resize(1);  // they are the same
  const auto episodes = static_cast<std::size_t>(options.episodes);
  std::vector<Play> plays;
  std::vector<std::pair<ActMode, std::size_t>> blocks;  // a mode and its first play
  for (ActMode mode : modes) {
    blocks.emplace_back(mode, plays.size());
    for (const auto& target : targets) {
      for (std::size_t i = 0; i < episodes; ++i) {
        plays.push_back({.target = target,
                         .seed = episode_seed(options.seed, EpisodeUse::evaluation,
                                              static_cast<std::int64_t>(i))});
      }
    }
  }

  const std::size_t per_mode = targets.size() * episodes;
  const auto threads = static_cast<std::size_t>(pool.threads());
  const std::size_t group =
      options.group > 0
          ? static_cast<std::size_t>(options.group)
          : std::clamp<std::size_t>((per_mode + 2 * threads - 1) / (2 * threads), 1, 64);
  struct Group {
    ActMode mode;
    std::span<Play> plays;
  };
  std::vector<Group> groups;
  for (const auto& [mode, first] : blocks) {
    for (std::size_t i = 0; i < per_mode; i += group) {
      groups.push_back({mode, std::span(plays).subspan(first + i, std::min(group, per_mode - i))});
    }
  }

  IdleEnvs idle(options.env);
  std::atomic<bool> stopped{false};
  std::vector<double> simulation_seconds(groups.size());
  const auto begin = std::chrono::steady_clock::now();
  pool.run(static_cast<int>(groups.size()), [&](int i) {
    if (stopped) return;
    const Group& mine = groups[static_cast<std::size_t>(i)];
    simulation_seconds[static_cast<std::size_t>(i)] =
        play(options, *agent.make_policy(mine.mode, weights), idle, mine.plays, stopped);
  });
  if (stopped) return std::nullopt;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;

  Evaluation evaluation{.env = options.env, .mujoco_version = mujoco_version()};
  evaluation.modes = modes;
  for (const Play& episode : plays) evaluation.steps += episode.length;
  for (double part : simulation_seconds) evaluation.simulation_seconds += part;
  evaluation.steps_per_second = static_cast<double>(evaluation.steps) / seconds.count();
  const auto reference = reference_returns(options.env);
  std::span<const Play> rest(plays);
  for (ActMode mode : modes) {
    for (const auto& target : targets) {
      evaluation.targets.push_back(summarize(mode, target, rest.first(episodes), reference));
      rest = rest.subspan(episodes);
    }
  }
  return evaluation;
}

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
  std::vector<std::string> modes;
  for (ActMode mode : evaluation.modes) modes.emplace_back(name_of(mode));
  nlohmann::ordered_json json = {{"env", evaluation.env},
                                 {"mujoco_version", evaluation.mujoco_version},
                                 {"mode", modes.size() == 1 ? nlohmann::ordered_json(modes[0])
                                                            : nlohmann::ordered_json(modes)},
                                 {"steps_per_second", evaluation.steps_per_second},
                                 {"targets", nlohmann::ordered_json::array()}};
  for (const TargetResult& result : evaluation.targets) {
    json["targets"].push_back({{"mode", name_of(result.mode)},
                               {"target", number_or_null(result.target)},
                               {"episodes", result.episodes},
                               {"invalid", result.invalid},
                               {"return_mean", number_or_null(result.return_mean)},
                               {"return_std", number_or_null(result.return_std)},
                               {"score_mean", number_or_null(result.score_mean)},
                               {"score_std", number_or_null(result.score_std)},
                               {"length_mean", number_or_null(result.length_mean)}});
  }
  return json;
}

std::string to_text(const Evaluation& evaluation) {
  std::string text =
      fmt::format("{} (MuJoCo {}), {:.0f} environment steps a second\n", evaluation.env,
                  evaluation.mujoco_version, evaluation.steps_per_second);
  text += fmt::format("{:<8}{:>8}{:>10}{:>20}{:>18}{:>9}\n", "mode", "target", "episodes", "return",
                      "score", "length");
  const auto pair = [](const std::optional<double>& mean, const std::optional<double>& std) {
    return mean ? fmt::format("{:.1f} ± {:.1f}", *mean, *std) : std::string("-");
  };
  for (const TargetResult& result : evaluation.targets) {
    text += fmt::format("{:<8}{:>8}{:>10}{:>20}{:>18}{:>9}\n", name_of(result.mode),
                        result.target ? fmt::format("{:g}", *result.target) : "-", result.episodes,
                        pair(result.return_mean, result.return_std),
                        pair(result.score_mean, result.score_std),
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

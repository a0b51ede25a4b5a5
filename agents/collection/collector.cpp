#include "agents/collection/collector.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "agents/collection/behavior_policy.h"
#include "agents/collection/dataset_writer.h"
#include "agents/collection/record.h"
#include "agents/collection/record_exchange.h"
#include "agents/collection/replay.h"
#include "agents/evaluation/episode_seed.h"
#include "agents/policies/stochastic_policy.h"
#include "configs/base/memory.h"
#include "configs/base/shell.h"
#include "configs/base/statistics.h"
#include "configs/base/thread_pool.h"
#include "configs/schema/config.h"
#include "envs/checked_env.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

constexpr std::int64_t kTransitions = 100000;    // unless given by the config
constexpr std::uint32_t kSecondHalf = 1u << 31;  // the first episode of medium-expert's expert

// Plays one episode of the behavior policy.
Record play_episode(const CollectConfig& config, const BehaviorPolicy& behavior, double target,
                    std::uint32_t episode) {
  const std::unique_ptr<Env> env = make_env(config.env);
  const auto policy = behavior.make_policy(config.seed, episode, config.deterministic);
  const auto* stochastic = dynamic_cast<const StochasticPolicy*>(policy.get());
  std::vector<double> observation(static_cast<std::size_t>(env->observation_space().dim()));
  std::vector<double> action(static_cast<std::size_t>(env->action_space().dim()));
  Recorder recorder(*env);
  policy->begin({&target, 1});
  reset_checked(*env, episode_seed(config.seed, EpisodeUse::collection, episode), observation);
  for (StepOutcome outcome; !outcome.done();) {
    policy->act(observation, {&outcome.reward, 1}, action);
    // The dataset stores float32: the environment gets the same numbers.
    for (double& a : action) a = static_cast<double>(static_cast<float>(a));
    recorder.before(observation, action);
    outcome = step_checked(*env, action, observation);
    recorder.after(observation, outcome, stochastic ? stochastic->log_probabilities()[0] : 0);
  }
  return recorder.take();
}

// The maximum size of a transition in a Record, in bytes.
double bytes_of_row(const Env& env) {
  const auto observation = static_cast<double>(env.observation_space().dim());
  const auto action = static_cast<double>(env.action_space().dim());
  return 2 * observation * (sizeof(float) + sizeof(double)) + action * sizeof(float) + 32;
}

// Appends `transitions` rows of a behaviour's episodes first, first + 1, …, with a total of
// `total`.
void play(const CollectConfig& config, const std::string& policy, std::uint32_t first,
          std::int64_t transitions, std::int64_t total, ThreadPool& pool,
          const ProgressMonitor& monitor, Communicator& ranks, Collection& all) {
  const BehaviorPolicy behavior(policy, config.env, checkpoint_choice(config.checkpoint));
  const double target = behavior.target(
      config.targets.empty() ? std::nullopt : std::optional(config.targets.front()));
  Record record;
  std::vector<Record> wave(64);  // fixed, so that the dataset does not depend on threads or ranks
  const std::vector<std::int64_t> bounds = parts_of_ranks(std::ssize(wave), ranks.ranks());
  const auto rank = static_cast<std::size_t>(ranks.rank());
  const std::int64_t before = all.record.transitions();
  std::int64_t collected = 0;  // in `record`, which is rank 0's
  while (collected < transitions) {
    std::atomic<std::int64_t> rows = collected;
    monitor.advance(before + rows, total, "transitions");
    pool.run(static_cast<int>(bounds[rank + 1] - bounds[rank]), [&](int number) {
      if (monitor.stopped()) return;
      const std::int64_t i = bounds[rank] + number;
      Record& episode = wave[static_cast<std::size_t>(i)];
      episode = play_episode(config, behavior, target, first + static_cast<std::uint32_t>(i));
      const std::int64_t played = rows += episode.transitions();
      monitor.advance(before + std::min(played, transitions), total, "transitions");
    });
    if (ranks.any(monitor.stopped())) fail("interrupted; {} was not written", config.output);
    const std::vector<std::int64_t> sizes = gather_records(ranks, wave, bounds);
    if (std::ranges::count(sizes, 0) == std::ssize(sizes)) {
      fail("the simulation of {} breaks in the first step of every episode; {} was not written",
           title_of(config.env), config.output);
    }
    for (std::size_t i = 0; i < wave.size(); ++i) {
      if (collected < transitions && ranks.is_first()) record.append(wave[i]);
      collected += sizes[i];
    }
    first += static_cast<std::uint32_t>(wave.size());
  }
  if (!ranks.is_first()) return;
  record.cut(transitions);
  // Another episode follows the last row: a cut there becomes a timeout.
  if (!all.record.timeouts.empty() && !all.record.terminals.back()) all.record.timeouts.back() = 1;
  all.record.append(record);
  all.add_policy(behavior, config.deterministic);
}

// The command that recreates the dataset, without output and threads, which do not affect its
// bytes.
std::string command(const CollectConfig& config, std::int64_t transitions) {
  const bool replay = !config.replay.empty();
  const EnvConfig& env_config = config;
  const std::string env = env_config.is_plain()
                              ? config.env.kind()
                              : shell_quoted(config_json(env_config).at("env").dump());
  const std::string plugins =
      config.plugins.empty()
          ? ""
          : fmt::format("plugins={} ", shell_quoted(config_json(env_config).at("plugins").dump()));
  return fmt::format(
      "seqrl collect {}env={} {}={}{}{} transitions={} deterministic={} seed={}{}", plugins, env,
      replay ? "replay" : "policy", shell_quoted(replay ? config.replay : config.policy),
      config.checkpoint.empty() ? "" : " checkpoint=" + config.checkpoint,
      config.targets.empty() ? "" : fmt::format(" targets={}", config.targets.front()), transitions,
      config.deterministic, config.seed, config.format == "d4rl" ? "" : " format=" + config.format);
}

Collection collect_all(const CollectConfig& config, ThreadPool& pool,
                       const ProgressMonitor& monitor, Communicator& ranks) {
  Collection all{.env_config = config, .seed = config.seed};
  if (!config.replay.empty()) {
    if (!ranks.is_first()) return all;  // a run is replayed in order
    Replay replay = replay_run(config.replay, config.env, config.transitions, pool, monitor);
    all.record = std::move(replay.record);
    all.texts = {{"algorithm", replay.agent},
                 {"policy_name", "replay buffer"},
                 {"command", command(config, all.record.transitions())}};
    return all;
  }
  const std::int64_t transitions = config.transitions.value_or(kTransitions);
  const std::unique_ptr<Env> env = make_env(config.env);
  all.action_choices = env->action_space().choices;
  require_memory(static_cast<double>(transitions) * bytes_of_row(*env), "the dataset",
                 "transitions");
  SEQRL_REQUIRE(config.policy != "medium-replay",
                "policy: medium-replay is the experience of a run until it reached medium; give "
                "replay=RUN (a run of configs/{}-sac.yaml) and transitions=N instead",
                config.env.kind());
  if (config.policy == "medium-expert") {
    play(config, "medium", 0, transitions / 2, transitions, pool, monitor, ranks, all);
    play(config, "expert", kSecondHalf, transitions - transitions / 2, transitions, pool, monitor,
         ranks, all);
  } else {
    play(config, config.policy, 0, transitions, transitions, pool, monitor, ranks, all);
  }
  all.texts.emplace_back("command", command(config, transitions));
  return all;
}

}  // namespace

CollectConfig::CollectConfig() {
  register_builtin_agents();
}

void CollectConfig::fields(Fields& field) {
  EnvConfig::fields(field);
  field("policy", policy,
        "policy to act with: random, medium, expert, medium-expert, the path of a run or "
        "checkpoint, or a shipped policy such as hopper-expert; \"\" = random",
        file_path());
  field("checkpoint", checkpoint, "checkpoint of the policy if it is a run; \"\" = last",
        one_of({"", "last", "best"}));
  field("targets", targets, "target return, exactly one; [] = the first target of its config");
  field("replay", replay,
        "a SAC run whose replay buffer is written instead, oldest transitions first", file_path());
  field("transitions", transitions,
        "transitions in the dataset; null = 100000, or the whole replay buffer", in_range(1, 1e12));
  field("output", output, "file to write (.hdf5), or folder of a Minari dataset", not_empty(),
        required(), file_path());
  field("overwrite", overwrite, "replace an existing output");
  field("format", format, "file format", one_of({"d4rl", "minari"}));
  field("deterministic", deterministic, "act without noise");
  field("seed", seed, "seed of start states and actions");
  field("threads", threads, "worker threads; 0 = all processors", in_range(0, 1024));
  field.check(
      "targets", [this] { return targets.size() < 2; }, "hold one return");
  field.check(
      "policy", [this] { return policy.empty() || replay.empty(); },
      "not be given together with replay");
  field.check(
      "checkpoint", [this] { return checkpoint.empty() || replay.empty(); },
      "not be given together with replay");
}

Collected collect(const CollectConfig& given, const ProgressMonitor& monitor, Communicator& ranks) {
  CollectConfig config = given;
  config.env.shared().resolve();
  if (config.policy.empty()) config.policy = "random";
  const bool minari = config.format == "minari";
  // An output that cannot be written is rejected before an hour of simulation.
  if (ranks.is_first()) {
    minari ? require_minari_output(config.output, config.overwrite)
           : require_d4rl_output(config.output, config.overwrite);
  }
  ranks.require_same("dataset to collect", command(config, config.transitions.value_or(0)),
                     "give all ranks the same arguments and files");
  ThreadPool pool(config.threads > 0 ? config.threads : ranks.threads());
  const Collection all = collect_all(config, pool, monitor, ranks);
  if (!ranks.is_first()) return {};
  minari ? write_minari(all, config.output, config.overwrite) : write_d4rl(all, config.output);

  const std::vector<double> returns = all.record.returns();
  const auto episodes = std::ssize(all.record.begins);
  Collected collected{.episodes = episodes,
                      .transitions = all.record.transitions(),
                      .cut = episodes - std::ssize(returns)};
  if (returns.empty()) return collected;
  const Moments over_episodes = moments(returns);
  collected.return_mean = over_episodes.mean;
  collected.return_std = over_episodes.std;
  return collected;
}

}  // namespace seqrl

#include "agents/collection/replay.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "agents/config/run_files.h"
#include "agents/evaluation/episode_seed.h"
#include "agents/policies/checkpoint.h"
#include "agents/sac/replay_buffer.h"
#include "configs/base/json.h"
#include "configs/schema/config.h"
#include "envs/env_config.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

// The rows of an episode, the `index`-th of the run.
struct EpisodeRows {
  std::int64_t begin, end, index;
};

// Whether the new numbers equal the old ones as float32.
bool same(std::span<const double> now, std::span<const float> then) {
  return std::ranges::equal(now, then,
                            [](double a, float b) { return static_cast<float>(a) == b; });
}

// Rejects an environment other than the one in which a run acted, naming the key.
void require_same_env(const std::string& run, const EnvSection& saved, const EnvSection& given) {
  SEQRL_REQUIRE(saved.kind() == given.kind(), "replay: {} acted in {}, not in {}", run,
                title_of(saved), title_of(given));
  const nlohmann::json then = with_dotted_keys(env_keys(saved)),
                       now = with_dotted_keys(env_keys(given));
  const auto require_same = [&](const std::string& key) {
    if (saved.shared().is_incidental(key)) return;
    const auto at = [&](const nlohmann::json& env) { return env.value(key, nlohmann::json()); };
    SEQRL_REQUIRE(at(then) == at(now),
                  "replay: {} acted with env.{} {}, not {}; config={} gives its environment", run,
                  key, at(then).dump(), at(now).dump(), run);
  };
  for (const auto& [key, value] : then.items()) require_same(key);
  for (const auto& [key, value] : now.items()) require_same(key);
}

// Simulates an episode again. An Error of kind user if a row differs.
Record replay_episode(const ReplayBuffer& buffer, const EpisodeRows& episode,
                      const EnvSection& section, std::uint64_t seed, const std::string& run) {
  const std::unique_ptr<Env> env = make_env(section);
  std::vector<double> observation(static_cast<std::size_t>(env->observation_space().dim()));
  std::vector<double> action(static_cast<std::size_t>(env->action_space().dim()));
  const auto require_same = [&](bool holds, std::int64_t row) {
    SEQRL_REQUIRE(holds,
                  "{}: transition {} of its replay buffer cannot be reproduced; the file is "
                  "damaged, or it was recorded under another version of MuJoCo",
                  run, row);
  };
  env->reset(episode_seed(seed, EpisodeUse::training, episode.index), observation);
  require_same(same(observation, buffer[episode.begin].observation), episode.begin);
  Recorder recorder(*env);
  for (std::int64_t row = episode.begin; row < episode.end; ++row) {
    const ReplayBuffer::Transition transition = buffer[row];
    std::ranges::copy(transition.action, action.begin());
    recorder.before(observation, action);
    StepOutcome outcome = env->step(action, observation);
    // A step that broke the simulation is in no row; it ends the episode as a time limit does.
    const bool ends = transition.end == ReplayBuffer::End::timeout || !outcome.truncated;
    require_same(!outcome.invalid && same(observation, transition.next_observation) &&
                     static_cast<float>(outcome.reward) == transition.reward && ends &&
                     outcome.terminated == (transition.end == ReplayBuffer::End::terminated),
                 row);
    outcome.truncated = transition.end == ReplayBuffer::End::timeout;
    recorder.after(observation, outcome, static_cast<double>(transition.log_probability));
  }
  return recorder.take();
}

}  // namespace

Replay replay_run(const std::filesystem::path& run, const EnvSection& env,
                  std::optional<std::int64_t> transitions, ThreadPool& pool,
                  const ProgressMonitor& monitor) {
  const CheckpointReader checkpoint(find_checkpoint(run));
  const RunConfig config = read_run_config(checkpoint);
  SEQRL_REQUIRE(
      !config.trains_task() && agent_kind(config).keeps_transitions &&
          std::filesystem::is_directory(run),
      "replay: {} is not the folder of a run that stores its transitions, such as a sac run",
      run.string());
  require_same_env(run.string(), config.env, env);
  const ReplayBuffer buffer = ReplayBuffer::open(RunFiles(run).replay(), checkpoint);
  const std::int64_t known = buffer.size();
  const std::int64_t count = transitions.value_or(known);
  SEQRL_REQUIRE(count >= 1 && count <= known,
                "replay: {} has {} transitions, but {} were requested", run.string(), known, count);

  std::vector<EpisodeRows> episodes;
  for (std::int64_t row = 0, begin = 0; row < count; ++row) {
    if (buffer[row].end == ReplayBuffer::End::running && row + 1 < count) continue;
    episodes.push_back({begin, row + 1, static_cast<std::int64_t>(episodes.size())});
    begin = row + 1;
  }
  std::vector<Record> records(episodes.size());
  std::atomic<std::int64_t> done{0};
  monitor.advance(0, count, "transitions");
  pool.run(static_cast<int>(episodes.size()), [&](int i) {
    if (monitor.stopped()) return;
    const auto at = static_cast<std::size_t>(i);
    records[at] = replay_episode(buffer, episodes[at], env, config.seed, run.string());
    monitor.advance(done += records[at].transitions(), count, "transitions");
  });
  if (monitor.stopped()) fail("interrupted; nothing of {} was written", run.string());
  Replay all{.agent = config.agent.kind(), .record = {}};
  for (const Record& record : records) all.record.append(record);
  return all;
}

}  // namespace seqrl

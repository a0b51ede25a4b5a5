#include "agents/collector.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "agents/datasets/hdf5_writer.h"
#include "agents/random_policy.h"
#include "agents/registry.h"
#include "configs/base/files.h"
#include "configs/base/text.h"
#include "configs/config.h"
#include "envs/mujoco_env.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

// What one or many episodes brought, a row a transition.
struct Record {
  std::vector<float> observations, next_observations, actions, rewards;
  std::vector<double> qpos, qvel, action_log_probs;
  std::vector<std::uint8_t> terminals, timeouts;

  std::int64_t transitions() const { return static_cast<std::int64_t>(rewards.size()); }

  void append(const Record& other) {
    const auto add = [](auto& to, const auto& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    add(observations, other.observations);
    add(next_observations, other.next_observations);
    add(actions, other.actions);
    add(rewards, other.rewards);
    add(qpos, other.qpos);
    add(qvel, other.qvel);
    add(action_log_probs, other.action_log_probs);
    add(terminals, other.terminals);
    add(timeouts, other.timeouts);
  }
};

// Plays one episode; an empty record when the simulation broke.
Record play_episode(const CollectConfig& config, std::uint32_t episode) {
  const std::unique_ptr<Env> env = make_env(config.env.kind());
  const auto* mujoco = dynamic_cast<const MujocoEnv*>(env.get());
  RandomPolicy policy(env->action_space(), config.seed, episode);
  std::vector<double> observation(static_cast<std::size_t>(env->observation_space().dim()));
  std::vector<double> action(static_cast<std::size_t>(env->action_space().dim()));
  const double no_target = 0;
  double reward = 0;
  Record record;
  policy.begin({&no_target, 1});
  env->reset(Random(config.seed, Purpose::reset, 1, episode).below(1ull << 53), observation);
  for (Outcome outcome; !outcome.done();) {
    const auto add = [](auto& to, const auto& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    add(record.observations, observation);
    if (mujoco) {
      add(record.qpos, mujoco->qpos());
      add(record.qvel, mujoco->qvel());
    }
    policy.act(observation, {&reward, 1}, action);
    add(record.actions, action);
    record.action_log_probs.push_back(policy.log_probability());
    outcome = env->step(action, observation);
    if (outcome.invalid) return {};
    reward = outcome.reward;
    add(record.next_observations, observation);
    record.rewards.push_back(static_cast<float>(reward));
    record.terminals.push_back(outcome.terminated);
    record.timeouts.push_back(outcome.truncated && !outcome.terminated);
  }
  return record;
}

void write_d4rl(const CollectConfig& config, const Record& all, const std::filesystem::path& path) {
  const std::int64_t n = config.transitions;
  Hdf5Writer file(path);
  const auto add = [&](const std::string& name, const auto& values) {
    using T = typename std::decay_t<decltype(values)>::value_type;
    const std::int64_t dim = static_cast<std::int64_t>(values.size()) / all.transitions();
    const std::span<const T> rows(values.data(), static_cast<std::size_t>(n * dim));
    // Arrays of numbers a transition are flat, vectors are two-dimensional even with one element.
    const bool flat = name == "rewards" || name == "infos/action_log_probs";
    file.add(name, flat ? Hdf5Writer::Dims{n} : Hdf5Writer::Dims{n, dim}, rows);
  };
  add("observations", all.observations);
  add("next_observations", all.next_observations);
  add("actions", all.actions);
  add("rewards", all.rewards);
  const auto rows = static_cast<std::size_t>(n);
  file.add_flags("terminals", {n}, {all.terminals.data(), rows});
  file.add_flags("timeouts", {n}, {all.timeouts.data(), rows});
  if (!all.qpos.empty()) {
    add("infos/qpos", all.qpos);
    add("infos/qvel", all.qvel);
  }
  add("infos/action_log_probs", all.action_log_probs);
  file.add_text("metadata/algorithm", config.policy);
  file.add_text("metadata/env", config.env.kind());
  file.add_text("metadata/mujoco_version", mujoco_version());
  file.add_text("metadata/seed", std::to_string(config.seed));
  file.add_text("metadata/transitions", std::to_string(n));
  file.close();
}

}  // namespace

CollectConfig::CollectConfig() {
  register_builtin_agents();
}

void CollectConfig::fields(Fields& field) {
  field("env", env, "the environment");
  field("policy", policy, "what acts", one_of({"random"}));
  field("transitions", transitions, "rows of the dataset", at_least(1));
  field("output", output, "the file to write (.hdf5)", not_empty(), required());
  field("seed", seed, "of start states and actions");
  field("threads", threads, "worker threads; 0 = all processors", in_range(0, 1024));
}

Collected collect(const CollectConfig& config, const std::function<bool()>& stop) {
  const std::filesystem::path folder = std::filesystem::path(config.output).parent_path();
  SEQRL_REQUIRE(folder.empty() || std::filesystem::is_directory(folder),
                "output: there is no folder {}; make it first", folder.string());
  ThreadPool pool(config.threads);
  Record all;
  Collected collected;
  double return_sum = 0;
  std::vector<Record> wave(64);  // fixed, so that the file does not depend on threads
  std::int64_t ended = 0;
  for (std::uint32_t first = 0; all.transitions() < config.transitions;) {
    if (stop && stop()) fail("interrupted; {} was not written", config.output);
    pool.run(static_cast<int>(wave.size()), [&](int i) {
      wave[static_cast<std::size_t>(i)] =
          play_episode(config, first + static_cast<std::uint32_t>(i));
    });
    for (const Record& episode : wave) {
      if (all.transitions() >= config.transitions || episode.rewards.empty()) continue;
      all.append(episode);
      ++collected.episodes;
      if (all.transitions() > config.transitions) break;
      ++ended;
      for (float reward : episode.rewards) return_sum += static_cast<double>(reward);
    }
    first += static_cast<std::uint32_t>(wave.size());
  }
  collected.transitions = config.transitions;
  collected.return_mean = ended > 0 ? return_sum / static_cast<double>(ended) : 0;
  write_file_atomically(config.output, [&](const std::filesystem::path& temporary) {
    write_d4rl(config, all, temporary);
  });
  return collected;
}

}  // namespace seqrl

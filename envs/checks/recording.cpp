#include "envs/checks/recording.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "envs/mujoco/physics.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

using Json = nlohmann::json;

// A position in the file, for messages: "run.json: episodes[2].steps[7].obs".
class Place {
 public:
  Place(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  Place operator[](const char* key) const {
    SEQRL_REQUIRE(json_.is_object(), "{} must be an object", where_);
    const auto found = json_.find(key);
    SEQRL_REQUIRE(found != json_.end(), "{} lacks the key \"{}\"", where_, key);
    return {*found, fmt::format("{}{}{}", where_, where_.ends_with(": ") ? "" : ".", key)};
  }

  std::vector<Place> items() const {
    SEQRL_REQUIRE(json_.is_array() && !json_.empty(), "{} must be a non-empty list", where_);
    std::vector<Place> places;
    for (std::size_t i = 0; i < json_.size(); ++i) {
      places.emplace_back(json_[i], fmt::format("{}[{}]", where_, i));
    }
    return places;
  }

  double number() const {
    SEQRL_REQUIRE(json_.is_number() && std::isfinite(json_.get<double>()),
                  "{} must be a finite number", where_);
    return json_.get<double>();
  }

  std::vector<double> numbers(std::size_t size) const {
    SEQRL_REQUIRE(json_.is_array() && json_.size() == size, "{} must be a list of {} numbers{}",
                  where_, size, json_.is_array() ? fmt::format(", it has {}", json_.size()) : "");
    std::vector<double> values;
    for (const Place& item : items()) values.push_back(item.number());
    return values;
  }

  bool boolean() const {
    SEQRL_REQUIRE(json_.is_boolean(), "{} must be true or false", where_);
    return json_.get<bool>();
  }

  std::string text() const {
    SEQRL_REQUIRE(json_.is_string(), "{} must be a string", where_);
    return json_.get<std::string>();
  }

  // "2.2.2", or MuJoCo's own number for it, 222; 3005000 is "3.5.0".
  std::string version() const {
    if (json_.is_string()) return text();
    SEQRL_REQUIRE(json_.is_number_integer(), "{} must be a version such as \"2.2.2\"", where_);
    return mujoco_version_text(json_.get<int>());
  }

  const Json& json() const { return json_; }
  const std::string& where() const { return where_; }

 private:
  const Json& json_;
  std::string where_;
};

std::unique_ptr<MujocoEnv> as_mujoco_env(std::unique_ptr<Env> env) {
  SEQRL_REQUIRE(dynamic_cast<MujocoEnv*>(env.get()),
                "environment '{}' is not a MuJoCo environment; only these can replay a recording",
                env->name());
  return std::unique_ptr<MujocoEnv>(dynamic_cast<MujocoEnv*>(env.release()));
}

void require_same(const Place& recorded, double ours, const std::string& env) {
  SEQRL_REQUIRE(std::abs(recorded.number() - ours) <= 1e-12 * std::abs(ours),
                "{} is {}, but {} has {}: not the same environment", recorded.where(),
                recorded.number(), env, ours);
}

RecordedEpisode read_episode(const Place& place, const MujocoEnv& env) {
  const auto observation_dim = static_cast<std::size_t>(env.observation_space().dim());
  const auto action_dim = static_cast<std::size_t>(env.action_space().dim());
  RecordedEpisode episode{.qpos = place["qpos"].numbers(env.qpos().size()),
                          .qvel = place["qvel"].numbers(env.qvel().size()),
                          .start_observation = place["obs0"].numbers(observation_dim),
                          .steps = {}};
  for (const Place& step : place["steps"].items()) {
    SEQRL_REQUIRE(episode.steps.empty() || !episode.steps.back().terminated,
                  "{} comes after the episode terminated", step.where());
    episode.steps.push_back({.action = step["action"].numbers(action_dim),
                             .observation = step["obs"].numbers(observation_dim),
                             .reward = step["reward"].number(),
                             .terminated = step["terminated"].boolean()});
  }
  SEQRL_REQUIRE(std::ssize(episode.steps) <= env.max_episode_steps(),
                "{} has {} steps, but {} ends after {}", place["steps"].where(),
                episode.steps.size(), env.name(), env.max_episode_steps());
  return episode;
}

Recording read_recording(const std::filesystem::path& path, const Json& json, MujocoEnv& env) {
  const Place file(json, path.string() + ": ");
  require_same(file["frame_skip"], env.frame_skip(), env.name());
  require_same(file["dt"], env.step_seconds(), env.name());
  Recording recording{.env = env.name(),
                      .mujoco_version = file["mujoco_version"].version(),
                      .model = file["model"].json(),
                      .episodes = {}};
  for (const Place& episode : file["episodes"].items()) {
    recording.episodes.push_back(read_episode(episode, env));
  }
  return recording;
}

Json parse(const std::filesystem::path& path) {
  try {
    return Json::parse(read_file(path));
  } catch (const Json::exception& error) {
    reject("{} is not valid JSON: {}", path.string(), error.what());
  }
}

// The larger of `largest` and our deviation. Infinity if ours is NaN, beyond every tolerance.
double larger(double largest, double ours, double recorded) {
  const double deviation = std::abs(ours - recorded);
  return std::isnan(deviation) ? std::numeric_limits<double>::infinity()
                               : std::max(largest, deviation);
}

void replay(const RecordedEpisode& episode, MujocoEnv& env, CheckResult& result) {
  std::vector<double> observation(episode.start_observation.size());
  env.set_state(episode.qpos, episode.qvel, observation);
  const auto compare_observation = [&](std::span<const double> recorded) {
    for (std::size_t i = 0; i < observation.size(); ++i) {
      result.observation_deviation =
          larger(result.observation_deviation, observation[i], recorded[i]);
    }
  };
  compare_observation(episode.start_observation);
  for (const RecordedStep& step : episode.steps) {
    const StepOutcome outcome = env.step(step.action, observation);
    ++result.steps;
    if (outcome.invalid) {
      ++result.termination_mismatches;
      result.notes.push_back(
          fmt::format("the simulation broke in episode {}, counted from 0", result.episodes));
      break;
    }
    compare_observation(step.observation);
    result.reward_deviation = larger(result.reward_deviation, outcome.reward, step.reward);
    if (outcome.terminated != step.terminated) {
      ++result.termination_mismatches;
      break;
    }
  }
  ++result.episodes;
}

int clipped_actions(const Recording& recording, const Space& space) {
  int count = 0;
  for (const auto& episode : recording.episodes) {
    count += static_cast<int>(std::ranges::count_if(
        episode.steps, [&](const auto& step) { return !space.contains(step.action); }));
  }
  return count;
}

}  // namespace

Recording read_recording(const std::filesystem::path& path) {
  const Json json = parse(path);
  const auto env = as_mujoco_env(make_env(Place(json, path.string() + ": ")["env"].text()));
  return read_recording(path, json, *env);
}

CheckResult check_recording(const std::filesystem::path& path,
                            const std::optional<EnvSection>& given) {
  const Json json = parse(path);
  const auto env = as_mujoco_env(given ? make_env(*given)
                                       : make_env(Place(json, path.string() + ": ")["env"].text()));
  const Recording recording = read_recording(path, json, *env);
  CheckResult result;
  result.env = env->name();
  if (recording.mujoco_version != mujoco_version()) {
    result.notes.push_back(fmt::format("recorded with MuJoCo {}, replayed with {}",
                                       recording.mujoco_version, mujoco_version()));
    const auto moved = physics_difference(*env, recording.mujoco_version);
    if (moved) result.notes.push_back(*moved);
  }
  for (const std::string& difference : model_differences(recording.model, env->model())) {
    result.notes.push_back("model constant " + difference);
  }
  if (const int clipped = clipped_actions(recording, env->action_space())) {
    result.notes.push_back(
        fmt::format("{} actions are outside the action space: their cost uses the clipped action "
                    "here, the unclipped one in Gymnasium",
                    clipped));
  }
  for (const RecordedEpisode& episode : recording.episodes) replay(episode, *env, result);
  return result;
}

bool CheckResult::within(double tolerance) const {
  return observation_deviation <= tolerance && reward_deviation <= tolerance &&
         termination_mismatches == 0;
}

nlohmann::ordered_json to_json(const CheckResult& result) {
  return {{"env", result.env},
          {"episodes", result.episodes},
          {"steps", result.steps},
          {"observation_deviation", result.observation_deviation},
          {"reward_deviation", result.reward_deviation},
          {"termination_mismatches", result.termination_mismatches}};
}

std::vector<std::string> model_differences(const Json& recorded, const MujocoModel& ours,
                                           double tolerance) {
  const Json constants = ours.constants();
  std::vector<std::string> differences;
  const auto compare = [&](const std::string& name, const Json& theirs, const Json& mine) {
    if (!theirs.is_number()) {
      differences.push_back(fmt::format("{}: {}, recorded {}", name, mine.dump(), theirs.dump()));
      return false;
    }
    const double a = mine.get<double>(), b = theirs.get<double>();
    if (std::abs(a - b) <= tolerance * std::max(1.0, std::abs(a))) return true;
    differences.push_back(fmt::format("{}: {}, recorded {}", name, a, b));
    return false;
  };
  for (const auto& [name, mine] : constants.items()) {
    const auto theirs = recorded.is_object() ? recorded.find(name) : recorded.end();
    if (!recorded.is_object() || theirs == recorded.end()) {
      differences.push_back(name + ": not recorded");
    } else if (!mine.is_array()) {
      compare(name, *theirs, mine);
    } else if (!theirs->is_array() || theirs->size() != mine.size()) {
      differences.push_back(fmt::format("{}: {} numbers, recorded {}", name, mine.size(),
                                        theirs->is_array() ? theirs->size() : 0));
    } else {
      for (std::size_t i = 0; i < mine.size(); ++i) {
        if (!compare(fmt::format("{}[{}]", name, i), (*theirs)[i], mine[i])) break;
      }
    }
  }
  return differences;
}

}  // namespace seqrl

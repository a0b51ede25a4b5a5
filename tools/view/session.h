// A session shows an agent that acts in an environment. It advances with the watcher's time, and
// responds to keys.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/policies/checkpoint.h"
#include "envs/env.h"
#include "envs/render/caption.h"

namespace seqrl::tools {

// Plays one episode after another, each as `seqrl render` and `seqrl eval` play it, unless the user
// changes the target or pulls at the robot. Independent of any window.
class ViewSession {
 public:
  struct Options {
    ActMode mode = ActMode::window;
    std::optional<double> target;  // nothing for agents that have none
    std::uint64_t seed = 0;
    std::int64_t episode = 0;
    double speed = 1;  // seconds of the environment per second of the watcher
  };

  // All must outlive it. `before_step` is called before every step of the environment.
  ViewSession(const TrainedAgent& trained, const PackedWeights& weights, Env& env,
              double step_seconds, const Options& options, std::function<void()> before_step = {});

  // Advances by `seconds` of the watcher's time, at most `most_steps` steps; the rest is dropped.
  // An ended episode stays visible for a second before the next one begins.
  void advance(double seconds, int most_steps);

  // Performs a key's action (help()); false for a key without one.
  bool press(const std::string& key);

  // The keys and their actions.
  static std::vector<Caption> help();

  // The current return, target and so on.
  std::vector<Caption> captions() const;

  bool paused() const { return paused_; }
  bool ended() const { return outcome_.done(); }
  double total() const { return total_; }
  int steps() const { return steps_; }
  std::int64_t episode() const { return options_.episode; }
  double speed() const { return options_.speed; }
  std::optional<double> target() const { return options_.target; }

 private:
  void begin(std::int64_t episode);
  void step();
  void change_target(double by);

  const TrainedAgent& trained_;
  const PackedWeights& weights_;
  Env& env_;
  double step_seconds_;
  Options options_;
  std::function<void()> before_step_;
  std::unique_ptr<Policy> policy_;
  std::vector<double> observation_, action_;
  StepOutcome outcome_;
  double total_ = 0;
  int steps_ = 0;
  double target_step_ = 0;  // by which keys change the target
  double asked_more_ = 0;   // since the last step
  double time_ = 0;         // of the environment, since the last step
  double rest_ = 0;         // seconds until the next episode
  bool paused_ = false;
};

}  // namespace seqrl::tools

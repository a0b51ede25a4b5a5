#include "tools/view/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "agents/evaluation/episode_seed.h"

namespace seqrl::tools {
namespace {

constexpr double kSlowest = 1.0 / 16, kFastest = 16, kRest = 1;
constexpr double kTargetSteps = 10;  // from 0 to the first target

}  // namespace

ViewSession::ViewSession(const TrainedAgent& trained, const PackedWeights& weights, Env& env,
                         double step_seconds, const Options& options,
                         std::function<void()> before_step)
    : trained_(trained),
      weights_(weights),
      env_(env),
      step_seconds_(step_seconds),
      options_(options),
      before_step_(std::move(before_step)),
      observation_(static_cast<std::size_t>(env.observation_space().dim())),
      action_(static_cast<std::size_t>(env.action_space().dim())) {
  const double first = std::abs(options_.target.value_or(0));
  target_step_ = first > 0 ? first / kTargetSteps : 1;
  begin(options_.episode);
}

void ViewSession::begin(std::int64_t episode) {
  options_.episode = std::max<std::int64_t>(episode, 0);
  policy_ = trained_.agent->make_policy(options_.mode, weights_);
  policy_->begin(std::array{options_.target.value_or(0)});
  env_.reset(episode_seed(options_.seed, EpisodeUse::evaluation, options_.episode), observation_);
  outcome_ = {};
  total_ = asked_more_ = time_ = 0;
  steps_ = 0;
}

void ViewSession::step() {
  // The return-to-go is the target minus the rewards so far. Raising the target is therefore the
  // same as lowering the last reward by that amount. Before the first reward the episode begins
  // with the new target (change_target).
  policy_->act(observation_, std::array{outcome_.reward - std::exchange(asked_more_, 0)}, action_);
  if (before_step_) before_step_();
  outcome_ = env_.step(action_, observation_);
  total_ += outcome_.reward;
  ++steps_;
  rest_ = kRest;
}

void ViewSession::advance(double seconds, int most_steps) {
  if (paused_) return;
  if (ended()) {
    rest_ -= seconds;
    if (rest_ <= 0) begin(options_.episode + 1);
    return;
  }
  time_ += seconds * options_.speed;
  // Slightly less than a step counts as one, because of rounding errors.
  for (int i = 0; time_ > step_seconds_ * (1 - 1e-9); ++i) {
    if (i == most_steps || ended()) {
      time_ = 0;
      return;
    }
    step();
    time_ -= step_seconds_;
  }
}

void ViewSession::change_target(double by) {
  if (!options_.target) return;
  *options_.target += by;
  if (steps_ == 0) {
    begin(options_.episode);
  } else {
    asked_more_ += by;
  }
}

bool ViewSession::press(const std::string& key) {
  if (key == " ") {
    paused_ = !paused_;
  } else if (key == "right" || key == ".") {
    paused_ = true;
    if (ended()) {
      begin(options_.episode + 1);
    } else {
      step();
    }
  } else if (key == "up" || key == "down") {
    change_target(key == "up" ? target_step_ : -target_step_);
  } else if (key == "+" || key == "-") {
    const double factor = key == "+" ? 2 : 0.5;
    options_.speed = std::clamp(options_.speed * factor, kSlowest, kFastest);
  } else if (key == "r" || key == "n" || key == "p") {
    begin(options_.episode + (key == "n" ? 1 : key == "p" ? -1 : 0));
  } else {
    return false;
  }
  return true;
}

std::vector<Caption> ViewSession::help() {
  return {{"space", "pause, resume"},
          {"right, .", "one step"},
          {"up, down", "raise, lower the target"},
          {"+, -", "faster, slower"},
          {"r", "restart the episode"},
          {"n, p", "next, previous episode"},
          {"c", "next camera"},
          {"h", "hide this"},
          {"q", "close"},
          {"mouse", "drag a body, or the view"}};
}

std::vector<Caption> ViewSession::captions() const {
  std::vector<Caption> lines = {{"return", fmt::format("{:.0f}", total_)}};
  if (options_.target) {
    lines.push_back({"target", fmt::format("{:.6g}", *options_.target)});
    lines.push_back({"remaining", fmt::format("{:.0f}", *options_.target - total_)});
  }
  lines.push_back({"step", fmt::format("{}", steps_)});
  lines.push_back({"seconds", fmt::format("{:.2f}", steps_ * step_seconds_)});
  lines.push_back({"episode", fmt::format("{} of seed {}", options_.episode, options_.seed)});
  lines.push_back({"speed", fmt::format("{:g}x", options_.speed)});
  return lines;
}

}  // namespace seqrl::tools

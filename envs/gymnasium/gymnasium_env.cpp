#include "envs/gymnasium/gymnasium_env.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace seqrl {
namespace {

// Writes the action clipped to its space. An Error if it is not an action.
void clip(const Space& space, const std::string& env, std::span<const double> action,
          std::span<double> clipped) {
  SEQRL_REQUIRE(action.size() == space.low.size(), "{}: an action has {} numbers, got {}", env,
                space.low.size(), action.size());
  for (std::size_t i = 0; i < action.size(); ++i) {
    SEQRL_REQUIRE(std::isfinite(action[i]), "{}: action[{}] is not finite", env, i);
    clipped[i] = std::clamp(action[i], space.low[i], space.high[i]);
    if (space.choices > 0) clipped[i] = std::round(clipped[i]);
  }
}

// Returns a worker that has begun these episodes. A lost worker is replaced once.
void reset_in(const GymnasiumOptions& options, std::size_t slots, bool frames,
              std::unique_ptr<Worker>& worker, std::span<const ResetRow> rows) {
  for (bool again = false;; again = true) {
    if (!worker || worker->is_lost()) worker = WorkerPool::shared().take(options, frames);
    try {
      worker->reserve(slots);
      worker->reset(rows);
      return;
    } catch (const WorkerLost&) {
      if (again) throw;
    }
  }
}

}  // namespace

GymnasiumEnv::GymnasiumEnv(const GymnasiumOptions& options)
    : options_(options),
      name_(options.title("")),
      facts_(WorkerPool::shared().facts(options)),
      action_(static_cast<std::size_t>(facts_->action_space.dim())) {}

GymnasiumEnv::~GymnasiumEnv() {
  if (!frames_) WorkerPool::shared().give_back(options_, std::move(worker_));
}

void GymnasiumEnv::enable_frames() {
  if (!std::exchange(frames_, true)) WorkerPool::shared().give_back(options_, std::move(worker_));
  running_ = false;
}

void GymnasiumEnv::reset(std::uint64_t seed, std::span<double> observation) {
  running_ = false;
  reset_in(options_, 1, frames_, worker_, std::array{ResetRow{0, seed, observation}});
  running_ = true;
  broken_ = false;
}

StepOutcome GymnasiumEnv::step(std::span<const double> action, std::span<double> observation) {
  SEQRL_REQUIRE(running_, "{}: a step after the end of the episode, or before reset", name_);
  clip(facts_->action_space, name_, action, action_);
  std::array row{StepRow{0, action_, observation}};
  worker_->step(row);
  running_ = !row[0].outcome.done();
  broken_ = row[0].outcome.invalid;
  return row[0].outcome;
}

GymnasiumFrame GymnasiumEnv::frame() {
  SEQRL_CHECK(can_draw());
  return worker_->frame();
}

GymnasiumBatch::GymnasiumBatch(const GymnasiumOptions& options, std::size_t slots)
    : options_(options), slots_(slots), facts_(WorkerPool::shared().facts(options)) {}

GymnasiumBatch::~GymnasiumBatch() {
  WorkerPool::shared().give_back(options_, std::move(worker_));
}

void GymnasiumBatch::reset(std::span<const ResetRow> rows) {
  reset_in(options_, slots_, false, worker_, rows);
}

void GymnasiumBatch::step(std::span<StepRow> rows) {
  SEQRL_REQUIRE(worker_ != nullptr, "{}: a step before reset", options_.title(""));
  const Space& space = facts_->action_space;
  const std::size_t dim = space.low.size();
  actions_.resize(rows.size() * dim);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto clipped = std::span(actions_).subspan(i * dim, dim);
    clip(space, options_.title(""), rows[i].action, clipped);
    rows[i].action = clipped;
  }
  if (worker_->is_lost()) {  // by the previous call, which also ended the other episodes
    for (StepRow& row : rows) row.outcome = {.invalid = true};
    return;
  }
  worker_->step(rows);
}

void GymnasiumOptions::resolve() {
  if (!trusted) return;  // the run's saved values are kept
  const auto facts = WorkerPool::shared().facts(*this);
  layout = facts->layout;
  versions = facts->versions;
}

std::unique_ptr<EnvBatch> GymnasiumOptions::make_batch(std::size_t slots) const {
  return std::make_unique<GymnasiumBatch>(*this, slots);
}

std::unique_ptr<Env> make_gymnasium_env(const GymnasiumOptions& options) {
  return std::make_unique<GymnasiumEnv>(options);
}

}  // namespace seqrl

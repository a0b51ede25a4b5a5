#include "agents/collection/record.h"

#include "envs/registry.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// `count` steps of a hopper at rest, with the given outcomes.
Record steps_of_hopper(const std::vector<StepOutcome>& outcomes) {
  register_builtin_envs();
  const std::unique_ptr<Env> env = make_env("hopper");
  std::vector<double> observation(11), action(3);
  env->reset(1, observation);
  Recorder recorder(*env);
  for (const StepOutcome& outcome : outcomes) {
    recorder.before(observation, action);
    env->step(action, observation);
    recorder.after(observation, outcome, -0.5);
  }
  return recorder.take();
}

using Flags = std::vector<std::uint8_t>;
using Rows = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a recorder writes a row per step, with the simulator's state before the action") {
  const Record record = steps_of_hopper({{.reward = 1}, {.reward = 2, .terminated = true}});
  CHECK(record.transitions() == 2);
  CHECK(record.begins == Rows{0});
  CHECK(record.rewards == std::vector<float>{1, 2});
  CHECK(record.action_log_probs == std::vector<float>{-0.5f, -0.5f});
  CHECK(record.observations.size() == 2 * 11);
  CHECK(record.actions.size() == 2 * 3);
  CHECK(record.qpos.size() == 2 * 6);
  CHECK(record.qvel.size() == 2 * 6);
  CHECK(record.qpos[1] != record.qpos[6 + 1]);  // it fell between the two
  // Each observation follows the previous one.
  for (std::size_t i = 0; i < 11; ++i) {
    CHECK(record.next_observations[i] == record.observations[11 + i]);
  }
  CHECK(record.terminals == Flags{0, 1});
  CHECK(record.timeouts == Flags{0, 0});
}

TEST_CASE("a termination at the time limit is recorded as terminal, not as a timeout") {
  const Record record = steps_of_hopper({{.reward = 1, .terminated = true, .truncated = true}});
  CHECK(record.terminals == Flags{1});
  CHECK(record.timeouts == Flags{0});
}

TEST_CASE("a step that breaks the simulation is dropped, and the row before it is a timeout") {
  const Record record = steps_of_hopper({{.reward = 1}, {.truncated = true, .invalid = true}});
  CHECK(record.transitions() == 1);
  CHECK(record.timeouts == Flags{1});
  CHECK(record.qpos.size() == 6);
  CHECK(steps_of_hopper({{.truncated = true, .invalid = true}}).begins.empty());
}

TEST_CASE("records are joined and truncated by rows, and only ended episodes have returns") {
  Record record = steps_of_hopper({{.reward = 1}, {.reward = 2, .terminated = true}});
  record.append(steps_of_hopper({{.reward = 4, .truncated = true}}));
  record.append(steps_of_hopper({{.reward = 8}, {.reward = 16}}));
  CHECK(record.begins == Rows{0, 2, 3});
  CHECK(record.returns() == std::vector<double>{3, 4});
  CHECK(record.qvel.size() == 5 * 6);
  record.cut(9);
  CHECK(record.transitions() == 5);
  record.cut(3);
  CHECK(record.transitions() == 3);
  CHECK(record.begins == Rows{0, 2});
  CHECK(record.observations.size() == 3 * 11);
  CHECK(record.terminals == Flags{0, 1, 0});
  record.cut(1);
  CHECK(record.returns().empty());
}

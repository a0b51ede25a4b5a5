#include "agents/datasets/action_scale.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tests/catch.h"

using namespace seqrl;

namespace {

std::vector<float> to_agent(const ActionScale& scale, const std::vector<float>& actions) {
  std::vector<float> scaled(actions.size());
  scale.to_agent(actions, scaled);
  return scaled;
}

std::vector<double> to_environment(const ActionScale& scale, std::vector<double> actions) {
  scale.to_environment(actions);
  return actions;
}

}  // namespace

TEST_CASE("a box maps to [-1, 1] and back, its bounds to -1 and 1, with outside values clipped") {
  const std::vector<double> low = {-3, 0, -0.4, -0.1}, high = {3, 1, 0.4, 0.7};
  const ActionScale scale(low, high);
  for (const double end : {-1.0, 1.0}) {
    const std::vector<double>& edge = end < 0 ? low : high;
    const std::vector<double> actions = to_environment(scale, {end, end, end, end});
    for (std::size_t i = 0; i < actions.size(); ++i) {
      CHECK((actions[i] >= low[i] && actions[i] <= high[i]));  // even if float32 lacks the bound
      CHECK(actions[i] == Approx(edge[i]).margin(1e-7));
    }
  }
  CHECK(to_environment(scale, {0, 0, 0.5, 0.5, 0.5, 0.5})[4] == 1.5);  // of the next row
  CHECK(to_agent(scale, {3, 1, 0.4f, 0.7f}) == std::vector<float>{1, 1, 1, 1});
  CHECK(to_agent(scale, {-4, -1, -9, 0.3f, 1.5f, 2, 9, 9})[4] == 0.5f);
  CHECK(to_agent(scale, {-4, -1, -9, -9, 99, 2, 9, 9}) ==
        std::vector<float>{-1, -1, -1, -1, 1, 1, 1, 1});
  CHECK(scale.log_density() == Approx(-std::log(3 * 0.5 * 0.4 * 0.4)));
  for (double x = -1; x <= 1; x += 0.125) {
    const std::vector<double> actions = to_environment(scale, {x, x, x, x});
    const std::vector<float> recorded(actions.begin(), actions.end());
    CHECK(std::equal(actions.begin(), actions.end(), recorded.begin()));  // float32's precision
    for (const float back : to_agent(scale, recorded)) {
      CHECK(std::abs(static_cast<double>(back) - x) < 1e-6);
    }
  }
}

TEST_CASE("actions in a box from -1 to 1 are unchanged bit for bit") {
  const std::vector<double> low = {-1, -1}, high = {1, 1};
  const ActionScale scale(low, high);
  CHECK(scale.log_density() == 0);
  const float tiny = std::numeric_limits<float>::denorm_min();
  const std::vector<float> actions = {-0.0f, tiny, 0.1f, -0.99999994f, 1, -1};
  const std::vector<float> scaled = to_agent(scale, actions);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    CHECK(std::bit_cast<std::uint32_t>(scaled[i]) == std::bit_cast<std::uint32_t>(actions[i]));
  }
  const std::vector<double> doubles = {-0.0, 0x1p-149, static_cast<double>(0.1f), -1};
  const std::vector<double> same = to_environment(scale, doubles);
  for (std::size_t i = 0; i < doubles.size(); ++i) {
    CHECK(std::bit_cast<std::uint64_t>(same[i]) == std::bit_cast<std::uint64_t>(doubles[i]));
  }
  CHECK(to_agent(scale, {1.5f, -2}) == std::vector<float>{1, -1});
}

TEST_CASE("a zero-width dimension is 0 to the agent and its only value to the environment") {
  const std::vector<double> low = {5, -2}, high = {5, 2};
  const ActionScale scale(low, high);
  CHECK(to_agent(scale, {5, 1, 7, 1}) == std::vector<float>{0, 0.5f, 0, 0.5f});
  CHECK(to_environment(scale, {0.3, 1}) == std::vector<double>{5, 2});
  CHECK(scale.log_density() == Approx(-std::log(2)));
}

TEST_CASE("without a box, actions are unchanged") {
  const ActionScale none;
  CHECK(to_agent(none, {7, -9}) == std::vector<float>{7, -9});
  CHECK(to_environment(none, {7, -9}) == std::vector<double>{7, -9});
}

TEST_CASE("an agent sees a choice as a one-hot vector") {
  const ActionScale scale = ActionScale::of_choices(3);
  CHECK(scale.choices() == 3);
  CHECK(scale.agent_dim(1) == 3);
  CHECK(ActionScale().agent_dim(4) == 4);
  std::vector<float> scaled(9, 7);
  scale.to_agent(std::vector<float>{2, 0, 1}, scaled);
  CHECK(scaled == std::vector<float>{0, 0, 1, 1, 0, 0, 0, 1, 0});
  CHECK(scale.log_density() == 0);
}

#include "agents/policies/action_decoder.h"

#include <array>
#include <cmath>
#include <limits>

#include "tests/catch.h"

using namespace seqrl;

namespace {

using Choices = std::vector<double>;

// The choices at the next timestep, for as many episodes as `logits` has.
Choices choose(ActionDecoder& decoder, std::vector<float> logits, int choices) {
  Choices actions(logits.size() / static_cast<std::size_t>(choices));
  decoder.decode(logits, actions);
  for (std::size_t i = 0; i < logits.size(); ++i) {  // the network receives the choices
    const auto n = static_cast<std::size_t>(choices);
    CHECK(logits[i] == (static_cast<double>(i % n) == actions[i / n] ? 1.0f : 0.0f));
  }
  return actions;
}

}  // namespace

TEST_CASE("actions in a box are decoded to the environment's units, and outputs are unchanged") {
  const ActionScale scale(std::vector<double>{-2, 0}, std::vector<double>{2, 1});
  ActionDecoder decoder(scale);
  decoder.begin(2);
  decoder.sample(1, std::array<std::uint32_t, 2>{0, 1});  // has no effect
  std::vector<float> outputs = {0.5f, -1, 1, 0};
  std::vector<double> actions(4);
  decoder.decode(outputs, actions);
  CHECK(actions == std::vector<double>{1, 0, 2, 0.5});
  CHECK(outputs == std::vector<float>{0.5f, -1, 1, 0});
}

TEST_CASE("the likeliest choice is taken, and the first one of equals") {
  const ActionScale scale = ActionScale::of_choices(3);
  ActionDecoder decoder(scale);
  decoder.begin(3);
  CHECK(choose(decoder, {1, 2, 0, -5, -9, -5, -1e30f, 3e38f, 0}, 3) == Choices{1, 0, 1});
  CHECK(decoder.log_probabilities()[0] == 0);
}

TEST_CASE("a NaN logit makes the action NaN, which environments reject") {
  const ActionScale scale = ActionScale::of_choices(2);
  ActionDecoder decoder(scale);
  decoder.begin(1);
  std::vector<float> logits = {1, std::numeric_limits<float>::quiet_NaN()};
  std::vector<double> action(1);
  decoder.decode(logits, action);
  CHECK(std::isnan(action[0]));
}

TEST_CASE("choices are sampled with the probabilities of their logits") {
  const ActionScale scale = ActionScale::of_choices(3);
  const std::vector<double> probabilities = {0.2, 0.5, 0.3};
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p) + 40));
  ActionDecoder decoder(scale);
  decoder.begin(1);
  decoder.sample(3, std::array<std::uint32_t, 1>{7});
  constexpr int kDraws = 20000;
  std::array<int, 3> counts{};
  for (int i = 0; i < kDraws; ++i) {
    std::vector<float> now = logits;
    std::vector<double> action(1);
    decoder.decode(now, action);
    const auto choice = static_cast<std::size_t>(action[0]);
    ++counts[choice];
    CHECK(decoder.log_probabilities()[0] == Approx(std::log(probabilities[choice])).margin(1e-5));
  }
  for (std::size_t i = 0; i < 3; ++i) {  // five standard deviations of a binomial
    const double p = probabilities[i];
    CHECK(std::abs(counts[i] - p * kDraws) < 5 * std::sqrt(kDraws * p * (1 - p)));
  }
}

TEST_CASE("a sampled choice depends on seed, episode and timestep, not on the group") {
  const ActionScale scale = ActionScale::of_choices(5);
  const auto draws = [&](std::uint64_t seed, const std::vector<std::uint32_t>& episodes) {
    ActionDecoder decoder(scale);
    decoder.begin(std::ssize(episodes));
    decoder.sample(seed, episodes);
    std::vector<Choices> steps;
    for (int step = 0; step < 30; ++step) {
      steps.push_back(choose(decoder, std::vector<float>(5 * episodes.size()), 5));
    }
    return steps;
  };
  const auto group = draws(1, {4, 8, 6}), alone = draws(1, {8}), other = draws(2, {8});
  std::size_t same = 0, differ = 0;
  for (std::size_t step = 0; step < group.size(); ++step) {
    same += group[step][1] == alone[step][0];
    differ += other[step][0] != alone[step][0];
  }
  CHECK(same == group.size());
  CHECK(differ > 5);

  // Kept episodes continue unchanged; so does a copy.
  ActionDecoder decoder(scale);
  decoder.sample_from(1, 7);
  decoder.begin(2);  // episodes 7 and 8
  CHECK(choose(decoder, std::vector<float>(10), 5)[1] == alone[0][0]);
  decoder.keep(std::array<std::int64_t, 1>{1});
  ActionDecoder copy = decoder;
  CHECK(choose(decoder, std::vector<float>(5), 5) == alone[1]);
  CHECK(choose(copy, std::vector<float>(5), 5) == alone[1]);
  decoder.begin(2);  // again from the first timestep
  CHECK(choose(decoder, std::vector<float>(10), 5)[1] == alone[0][0]);
}

// Policies on a device, compared with the CPU's.
#include "agents/policies/device_policy.h"

#include <algorithm>
#include <cmath>

#include "agents/offline/decision_transformer.h"
#include "agents/offline/decision_transformer_device_policy.h"
#include "models/backbones/registry.h"
#include "tests/agents/guessing_env.h"
#include "tests/agents/small_agent.h"
#include "tests/catch.h"
#include "tests/models/cuda/device_under_test.h"

using namespace seqrl;

namespace {

constexpr std::size_t kHopperObservation = 11, kHopperAction = 3;  // hopper's

const std::vector<double> kTargets = {500, 900, 100, 1300};
const std::vector<int> kLengths = {11, 3, 11, 7};  // steps after which the episodes end
constexpr int kSteps = 11;                         // the small agent's context is 4

// An episode's observation at a step, and the reward for the previous action.
void observe(int step, std::size_t episode, std::span<double> observation, double& reward) {
  Random random(9, Purpose::test, static_cast<std::uint64_t>(step),
                static_cast<std::uint32_t>(episode));
  for (double& x : observation) x = random.normal();
  reward = 100 * random.uniform();
}

using Actions = std::vector<std::vector<double>>;  // of each episode, step by step

Actions play_on_cpu(const SmallAgent& small, ActMode mode) {
  const auto policy = small.agent->make_policy(mode, *small.weights);
  policy->begin(kTargets);
  Actions played(kTargets.size());
  std::vector<std::size_t> playing = {0, 1, 2, 3};
  for (int step = 0; step < kSteps; ++step) {
    std::vector<std::int64_t> rows;
    std::vector<std::size_t> kept;
    for (std::size_t row = 0; row < playing.size(); ++row) {
      if (kLengths[playing[row]] <= step) continue;
      rows.push_back(static_cast<std::int64_t>(row));
      kept.push_back(playing[row]);
    }
    if (kept.size() < playing.size()) policy->keep(rows);
    playing = kept;
    std::vector<double> observations(playing.size() * kHopperObservation), rewards(playing.size()),
        actions(playing.size() * kHopperAction);
    for (std::size_t row = 0; row < playing.size(); ++row) {
      observe(step, playing[row],
              std::span(observations).subspan(row * kHopperObservation, kHopperObservation),
              rewards[row]);
    }
    policy->act(observations, rewards, actions);
    for (std::size_t row = 0; row < playing.size(); ++row) {
      const auto first = actions.begin() + static_cast<std::ptrdiff_t>(row * kHopperAction);
      played[playing[row]].insert(played[playing[row]].end(), first, first + kHopperAction);
    }
  }
  return played;
}

// `ended` fills the rows of ended episodes.
Actions play_on_device(DevicePolicy& policy, double ended = 0) {
  Actions played(kTargets.size());
  for (int step = 0; step < kSteps; ++step) {
    std::vector<double> observations(kTargets.size() * kHopperObservation, ended),
        rewards(kTargets.size(), ended);
    for (std::size_t row = 0; row < kTargets.size(); ++row) {
      if (step >= kLengths[row]) continue;
      observe(step, row,
              std::span(observations).subspan(row * kHopperObservation, kHopperObservation),
              rewards[row]);
    }
    policy.begin_act(observations, rewards);
    std::vector<double> all(kTargets.size() * kHopperAction);
    policy.read_actions(all);
    const std::span<const double> actions(all);
    for (std::size_t row = 0; row < kTargets.size(); ++row) {
      if (step >= kLengths[row]) continue;
      const auto of_row = actions.subspan(row * kHopperAction, kHopperAction);
      played[row].insert(played[row].end(), of_row.begin(), of_row.end());
    }
  }
  return played;
}

Actions play_on_device(const SmallAgent& small, ActMode mode, double ended = 0) {
  return play_on_device(*small.agent->make_device_policy(Device::cuda, mode, kTargets), ended);
}

void check_acts_alike(const std::string& kind, ActMode mode) {
  CAPTURE(kind, name_of(mode));
  // With larger weights mamba's actions depend on the last bits of earlier ones.
  constexpr float kScale = 2;
  const SmallAgent cpu("hopper", kind, Device::cpu, kScale),
      cuda("hopper", kind, Device::cuda, kScale);
  const Actions expected = play_on_cpu(cpu, mode), ours = play_on_device(cuda, mode);
  double largest = 0;
  for (std::size_t row = 0; row < kTargets.size(); ++row) {
    REQUIRE(ours[row].size() == static_cast<std::size_t>(kLengths[row]) * kHopperAction);
    for (std::size_t i = 0; i < ours[row].size(); ++i) {
      const double difference = std::abs(ours[row][i] - expected[row][i]);
      REQUIRE(std::isfinite(difference));
      largest = std::max(largest, difference);
    }
  }
  CHECK(largest < 2e-5);
  run_threads_backwards(true);
  CHECK(play_on_device(cuda, mode, 1000) == ours);  // for any contents of ended rows
  run_threads_backwards(false);
}

// Counts the operation-by-operation passes.
template <typename Policy>
struct Counted : Policy {
  using Policy::Policy;
  Tensor predict(Tape& tape, std::int64_t timestep, const Upload& sent,
                 const Tensor& previous_actions) override {
    ++passes;
    return Policy::predict(tape, timestep, sent, previous_actions);
  }
  int passes = 0;
};

template <typename Policy>
int passes(const std::string& backbone) {
  const SmallAgent small("hopper", backbone, Device::cuda);
  Counted<Policy> policy(dynamic_cast<const DecisionTransformer&>(*small.agent), Device::cuda,
                         kTargets);
  play_on_device(policy);
  return policy.passes;
}

}  // namespace

TEST_CASE("policies on CUDA act like the CPU's while episodes end, with the same bits every time") {
  for (const std::string& kind : backbone_names()) {
    check_acts_alike(kind, ActMode::stream);
    check_acts_alike(kind, ActMode::window);
  }
  check_acts_alike("behavior_cloning", ActMode::stream);
}

TEST_CASE("policies on CUDA make the CPU's discrete choices, both likeliest and sampled") {
  GuessingEnv::make_known();
  constexpr std::size_t kSeen = GuessingEnv::kChoices;
  const std::vector<std::uint32_t> numbers = {3, 1, 4, 8};
  for (const std::string kind : {"min_gru", "transformer", "behavior_cloning"}) {
    for (const ActMode mode : {ActMode::stream, ActMode::window}) {
      for (const bool samples : {false, true}) {
        CAPTURE(kind, name_of(mode), samples);
        const SmallAgent cpu("guessing", kind, Device::cpu, 2),
            cuda("guessing", kind, Device::cuda, 2);
        const auto expected = cpu.agent->make_policy(mode, *cpu.weights);
        const auto ours = cuda.agent->make_device_policy(Device::cuda, mode, kTargets);
        expected->begin(kTargets);
        if (samples) {
          expected->sample(7, numbers);
          ours->sample(7, numbers);
        }
        std::vector<int> counts(kSeen);
        for (int step = 0; step < kSteps; ++step) {
          std::vector<double> observations(4 * kSeen), rewards(4), a(4), b(4);
          for (std::size_t row = 0; row < 4; ++row) {
            observe(step, row, std::span(observations).subspan(row * kSeen, kSeen), rewards[row]);
          }
          expected->act(observations, rewards, a);
          ours->begin_act(observations, rewards);
          ours->read_actions(b);
          CHECK(a == b);
          for (const double action : a) ++counts.at(static_cast<std::size_t>(action));
        }
        CHECK(std::ranges::count(counts, 0) < 2);  // not always the same actions
      }
    }
  }
}

TEST_CASE("policies on CUDA replay recorded steps after a few passes") {
  CHECK(passes<DeviceWindowPolicy>("transformer") == 3);
  CHECK(passes<DeviceWindowPolicy>("lstm") == 3);
  for (const std::string& kind : backbone_names()) {
    CAPTURE(kind);
    CHECK(passes<DeviceStreamPolicy>(kind) == 4);  // the first timestep needs its own pass
  }
}

TEST_CASE("a policy on CUDA rejects an episode that is too long") {
  constexpr std::int64_t kLongest = 5;
  const SmallAgent small("hopper", "min_gru", Device::cuda, 1, kLongest);
  for (const ActMode mode : {ActMode::stream, ActMode::window}) {
    const auto policy = small.agent->make_device_policy(Device::cuda, mode, kTargets);
    const std::vector<double> observations(kTargets.size() * kHopperObservation), rewards(4);
    for (std::int64_t step = 0; step < kLongest; ++step) policy->begin_act(observations, rewards);
    CHECK_THROWS_WITH(policy->begin_act(observations, rewards), Catch::Contains("reached step 5"));
  }
}

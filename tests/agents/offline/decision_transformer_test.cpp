#include "agents/offline/decision_transformer.h"

#include <cmath>

#include "agents/offline/window_objective.h"
#include "agents/policies/checkpoint.h"
#include "models/backbones/registry.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

constexpr std::int64_t kObservations = 4, kActions = 2, kContext = 6;

AgentSpec small_spec() {
  return {.observation_dim = kObservations,
          .action_dim = kActions,
          .context = kContext,
          .max_episode_steps = 40,
          .dropout = 0.1,
          .observation_mean = {0.1, -0.2, 0, 0.5},
          .observation_std = {1, 2, 0.5, 0}};
}

struct Acting {
  explicit Acting(const std::string& backbone) {
    RunConfig config;
    config.env.choose("hopper");
    config.backbone.choose(backbone);
    config.backbone.shared().dim = 16;
    config.backbone.shared().layers = 2;
    config.training.context = kContext;
    config.resolve();
    agent = make_agent(config, small_spec());
    block = std::make_unique<ParameterBlock>(*agent, DType::f32, 3);
    // Small initial weights would make all actions similar.
    for (float& w : block->flat().span<float>()) w *= 8;
    weights = std::make_unique<PackedWeights>(*block, false);
  }

  // Actions (steps, episodes, kActions) for observations drawn from `index`; after `leave` steps
  // only the episodes in `stay` continue, with the same policy or a fork of it.
  std::vector<std::vector<double>> play(ActMode mode, const std::vector<double>& targets, int steps,
                                        const std::vector<std::uint32_t>& index, int leave = -1,
                                        const std::vector<std::int64_t>& stay = {},
                                        bool fork = false) const {
    auto policy = agent->make_policy(mode, *weights);
    policy->begin(targets);
    std::vector<std::uint32_t> alive = index;
    std::vector<std::vector<double>> played;
    for (int step = 0; step < steps; ++step) {
      if (step == leave) {
        if (fork) {
          policy = policy->fork(stay);
        } else {
          policy->keep(stay);
        }
        std::vector<std::uint32_t> kept;
        for (std::int64_t row : stay) kept.push_back(alive[static_cast<std::size_t>(row)]);
        alive = kept;
      }
      std::vector<double> observations, rewards;
      for (std::uint32_t episode : alive) {
        Random random(9, Purpose::test, static_cast<std::uint64_t>(step), episode);
        for (int i = 0; i < kObservations; ++i) observations.push_back(random.normal());
        rewards.push_back(100 * random.uniform());
      }
      std::vector<double> actions(alive.size() * kActions);
      policy->act(observations, rewards, actions);
      played.push_back(actions);
    }
    return played;
  }

  std::unique_ptr<Agent> agent;
  std::unique_ptr<ParameterBlock> block;
  std::unique_ptr<PackedWeights> weights;
};

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace

TEST_CASE("for every backbone, window and stream act the same for the first `context` timesteps") {
  for (const std::string& backbone : backbone_names()) {
    INFO(backbone);
    const Acting acting(backbone);
    const auto window = acting.play(ActMode::window, {500, 900}, 12, {0, 1});
    const auto stream = acting.play(ActMode::stream, {500, 900}, 12, {0, 1});
    for (std::size_t step = 0; step < kContext; ++step) {
      CHECK(largest_difference(window[step], stream[step]) < 1e-5);
    }
    // Later the window has forgotten what the stream still remembers.
    CHECK(largest_difference(window[11], stream[11]) > 1e-5);
  }
}

TEST_CASE("an episode's actions do not depend on its group, bit for bit") {
  for (const std::string& backbone : backbone_names()) {
    for (ActMode mode : {ActMode::window, ActMode::stream}) {
      INFO(backbone << " " << name_of(mode));
      const Acting acting(backbone);
      const auto alone = acting.play(mode, {700}, 14, {2});
      for (const auto& [leave, fork] : {std::pair{9, false}, {0, false}, {9, true}, {0, true}}) {
        const auto group =
            acting.play(mode, {500, 600, 700, 800}, 14, {0, 1, 2, 3}, leave, {0, 2}, fork);
        for (int step = 0; step < 14; ++step) {
          const auto& actions = group[static_cast<std::size_t>(step)];
          const auto row = actions.begin() + (step < leave ? 2 : 1) * kActions;
          CHECK(std::vector(row, row + kActions) == alone[static_cast<std::size_t>(step)]);
        }
      }
    }
  }
}

TEST_CASE("actions depend on the target return and the observation") {
  const Acting acting("min_gru");
  for (ActMode mode : {ActMode::window, ActMode::stream}) {
    const auto low = acting.play(mode, {0}, 3, {0}), high = acting.play(mode, {3000}, 3, {0});
    CHECK(low[0] != high[0]);
    CHECK(acting.play(mode, {0}, 3, {1})[0] != low[0]);
  }
}

TEST_CASE("an episode longer than the agent's maximum is an error") {
  const Acting acting("gru");
  CHECK_THROWS_WITH(acting.play(ActMode::stream, {1}, 41, {0}),
                    Catch::Contains("an episode reached step 40"));
}

TEST_CASE("padding does not affect the loss") {
  const Acting acting("lstm");
  Batch batch(2, kContext, kObservations, kActions);
  Random random(1, Purpose::test);
  for (float& x : batch.observations) x = static_cast<float>(random.normal());
  for (float& x : batch.actions) x = static_cast<float>(random.uniform(-1, 1));
  for (std::int64_t row = 0; row < 2; ++row) {
    for (std::int64_t t = 0; t < 4; ++t)
      batch.mask[static_cast<std::size_t>(row * kContext + t)] = 1;
  }
  const auto loss = [&] {
    Tape tape;
    tape.begin({});
    return dynamic_cast<const OfflineAgent&>(*acting.agent)
        .loss(windows_on(tape, batch, {0, 0, 2}), 8)
        .data<float>()[0];
  };
  const float before = loss();
  for (std::size_t row = 0; row < 2; ++row) {
    for (std::size_t t = 4; t < kContext; ++t) {
      for (std::size_t i = 0; i < kObservations; ++i) {
        batch.observations[(row * kContext + t) * kObservations + i] = 1e6f;
      }
      for (std::size_t i = 0; i < kActions; ++i) {
        batch.actions[(row * kContext + t) * kActions + i] = 3;
      }
      batch.returns_to_go[row * kContext + t] = -50;
      batch.timesteps[row * kContext + t] = 17;
    }
  }
  CHECK(loss() == before);
}

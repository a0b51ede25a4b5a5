#include "agents/sac/sac_update.h"

#include <nlohmann/json.hpp>
#include <string>

#include "configs/base/files.h"
#include "tests/allocations.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

AgentSpec problem_of(std::int64_t observation_dim, std::int64_t action_dim) {
  const auto dim = static_cast<std::size_t>(observation_dim);
  return {.observation_dim = observation_dim,
          .action_dim = action_dim,
          .observation_mean = std::vector<double>(dim, 0.0),
          .observation_std = std::vector<double>(dim, 1.0)};
}

// Ten steps that PyTorch also computed: tests/oracle/make_sac_fixture.py.
struct Fixture {
  nlohmann::json json =
      nlohmann::json::parse(read_file(std::string(SEQRL_SOURCE_DIR) + "/tests/oracle/sac.json"));
  std::int64_t size(int i) const { return json["sizes"][static_cast<std::size_t>(i)]; }
};

void write(const ParameterBlock& block, const nlohmann::json& values) {
  for (const auto& [name, parameter, offset] : block.entries()) {
    const std::vector<float> from = values.at(name);
    REQUIRE(static_cast<std::int64_t>(from.size()) == parameter->shape().size());
    std::ranges::copy(from, parameter->value().data<float>());
  }
}

// The largest difference between a block's parameters and the expected ones.
double deviation(const ParameterBlock& block, const nlohmann::json& values) {
  double largest = 0;
  for (const auto& [name, parameter, offset] : block.entries()) {
    const std::vector<double> expected = values.at(name);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double value = static_cast<double>(parameter->value().data<float>()[i]);
      largest = std::max(largest, std::abs(value - expected[i]));
    }
  }
  return largest;
}

// An actor, its update, and batches from any source.
struct Session {
  Session(const Fixture& fixture, SacUpdate::Fill fill, int threads, std::int64_t shards)
      : pool(threads),
        actor(problem_of(fixture.size(0), fixture.size(1)), fixture.size(2), fixture.size(3)),
        block(actor, DType::f32, 1),
        update(actor, block,
               {.dim = fixture.size(2),
                .layers = fixture.size(3),
                .batch = fixture.size(4),
                .shards = shards,
                .lr = fixture.json["options"]["lr"],
                .discount = fixture.json["options"]["discount"],
                .target_rate = fixture.json["options"]["target_rate"],
                .target_entropy = fixture.json["options"]["target_entropy"]},
               std::move(fill), pool) {
    write(block, fixture.json["before"]);
    write(update.critics(), fixture.json["before"]);
    write(update.targets(), fixture.json["before"]);
    update.parameters_changed();
  }

  ThreadPool pool;
  GaussianActor actor;
  ParameterBlock block;
  SacUpdate update;
};

// Copies a shard's rows of a fixture's step.
void fill_from(const nlohmann::json& step, const Shard& shard, SacBatch& batch) {
  const auto copy = [&](const char* name, std::span<float> to) {
    const std::vector<float> from = step.at(name);
    const auto dim = static_cast<std::int64_t>(from.size() / batch.rewards.size());
    std::copy(from.begin() + shard.first * dim, from.begin() + shard.last * dim,
              to.begin() + shard.first * dim);
  };
  copy("observations", batch.observations);
  copy("next_observations", batch.next_observations);
  copy("actions", batch.actions);
  copy("rewards", batch.rewards);
  copy("terminated", batch.terminated);
  copy("noise", batch.noise);
  copy("next_noise", batch.next_noise);
}

}  // namespace

TEST_CASE("SAC's losses and weights match PyTorch's over ten steps") {
  const Fixture fixture;
  std::size_t now = 0;
  Session session(
      fixture,
      [&](const Shard& shard, SacBatch& batch) {
        fill_from(fixture.json["steps"][now], shard, batch);
      },
      1, 3);
  for (; now < fixture.json["steps"].size(); ++now) {
    INFO("step " << now);
    const auto& expected = fixture.json["steps"][now];
    const SoftLosses losses = session.update.step(static_cast<std::int64_t>(now)).losses;
    CHECK(losses.critic == Approx(double(expected["critic_loss"])).epsilon(1e-5));
    CHECK(losses.actor == Approx(double(expected["actor_loss"])).epsilon(1e-5));
    CHECK(losses.temperature == Approx(double(expected["temperature"])).epsilon(1e-5));
  }
  CHECK(deviation(session.block, fixture.json["after"]) < 1e-5);
  CHECK(deviation(session.update.critics(), fixture.json["after"]) < 1e-5);
  CHECK(deviation(session.update.targets(), fixture.json["targets_after"]) < 1e-5);
}

TEST_CASE("SAC's step does not depend on threads and allocates no memory once warm") {
  const Fixture fixture;
  std::vector<std::vector<float>> results;
  for (int threads : {1, 2, 3}) {
    Session session(
        fixture,
        [](const Shard& shard, SacBatch& batch) {
          for (std::int64_t r = shard.first; r < shard.last; ++r) {
            Random random(1, Purpose::test, 0, static_cast<std::uint32_t>(r));
            const auto fill = [&](std::span<float> values) {
              const auto dim = static_cast<std::int64_t>(values.size() / batch.rewards.size());
              for (std::int64_t i = r * dim; i < (r + 1) * dim; ++i) {
                values[static_cast<std::size_t>(i)] = static_cast<float>(random.uniform(-1, 1));
              }
            };
            for (const auto& values : {batch.observations, batch.next_observations, batch.actions,
                                       batch.rewards, batch.noise, batch.next_noise}) {
              fill(values);
            }
          }
        },
        threads, 3);
    int acted = 0, simulated = 0;
    const SacUpdate::Beside beside{.act = [&] { ++acted; },
                                   .simulate = [&] { simulated += acted; }};
    for (int step = 0; step < 8; ++step) session.update.step(step, beside);
    CHECK(acted == 8);
    CHECK(simulated == 36);  // always after act
    const auto weights = session.block.flat().span<float>();
    results.emplace_back(weights.begin(), weights.end());
    CHECK(stops_allocating([&](std::int64_t step) { session.update.step(step, beside); }));
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

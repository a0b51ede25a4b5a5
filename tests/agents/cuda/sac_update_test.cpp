// SAC's gradient step on CUDA, compared with the CPU's.
#include "agents/sac/sac_update.h"

#include <cmath>
#include <limits>

#include "agents/sac/explorer.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"
#include "tests/models/cuda/device_under_test.h"

using namespace seqrl;

namespace {

constexpr std::int64_t kObservation = 5, kAction = 2, kBatch = 8;

AgentSpec small_spec() {
  return {.observation_dim = kObservation,
          .action_dim = kAction,
          .observation_mean = std::vector<double>(kObservation, 0.0),
          .observation_std = std::vector<double>(kObservation, 1.0)};
}

SacUpdateOptions small_options() {
  return {.dim = 16,
          .layers = 2,
          .batch = kBatch,
          .shards = 3,
          .lr = 1e-2,
          .target_rate = 0.1,
          .target_entropy = -2};
}

// An actor, its update, and a batch that is a function of the step.
struct Session {
  explicit Session(Device device, const SacUpdateOptions& options = small_options())
      : actor(small_spec(), 16, 2),
        block(actor, DType::f32, 1, device),
        update(
            actor, block, options,
            [this](const Shard& shard, SacBatch& batch) { fill(shard, batch); }, pool) {}

  void fill(const Shard& shard, SacBatch& batch) const {
    const auto rows = static_cast<std::size_t>(kBatch);
    std::uint32_t purpose = 0;
    for (const std::span<float> part :
         {batch.observations, batch.next_observations, batch.actions, batch.rewards,
          batch.terminated, batch.noise, batch.next_noise}) {
      const auto dim = static_cast<std::int64_t>(part.size() / rows);
      Random random(9, Purpose::test, static_cast<std::uint64_t>(now), purpose++);
      for (std::int64_t i = 0; i < shard.last * dim; ++i) {
        const double drawn = random.uniform(-1, 1);
        if (i < shard.first * dim) continue;
        const bool ends = part.data() == batch.terminated.data();
        part[static_cast<std::size_t>(i)] = static_cast<float>(ends ? drawn > 0.7 : drawn);
      }
    }
    if (now == poisoned) (batch.*poison)[2] = std::numeric_limits<float>::quiet_NaN();
  }

  void run(std::int64_t steps) {
    for (const std::int64_t end = now + steps; now < end; ++now) update.step(now);
  }
  std::vector<std::vector<float>> weights() const {
    std::vector<std::vector<float>> all;
    for (const ParameterBlock* of : {&block, &update.critics(), &update.targets()}) {
      all.push_back(values_of<float>(of->flat()));
    }
    return all;
  }

  ThreadPool pool{1};
  GaussianActor actor;
  ParameterBlock block;
  std::int64_t now = 0, poisoned = -1;  // the step whose batch holds a NaN
  std::span<float> SacBatch::*poison = &SacBatch::rewards;
  SacUpdate update;
};

Approx close_to(double expected) {
  return Approx(expected).epsilon(1e-3).margin(1e-5);
}

void check_alike(const SoftLosses& ours, const SoftLosses& expected) {
  CHECK(ours.critic == close_to(expected.critic));
  CHECK(ours.actor == close_to(expected.actor));
  CHECK(ours.value == close_to(expected.value));
  CHECK(ours.entropy == close_to(expected.entropy));
  CHECK(ours.temperature == close_to(expected.temperature));
}

}  // namespace

TEST_CASE("SAC's steps on CUDA match the CPU's and give the same bits every time") {
  for (const std::optional<double> temperature : {std::optional<double>(), std::optional(0.2)}) {
    CAPTURE(temperature.has_value());
    SacUpdateOptions options = small_options();
    options.temperature = temperature;
    Session cuda(Device::cuda, options), cpu(Device::cpu, options), again(Device::cuda, options);
    for (std::int64_t step = 0; step < 30; ++step) {
      CAPTURE(step);
      cuda.run(1);
      cpu.run(1);
      const SacUpdate::Result ours = cuda.update.wait(), expected = cpu.update.wait();
      CHECK(ours.step == step);
      CHECK(expected.step == step);
      check_alike(ours.losses, expected.losses);
      CHECK(ours.critic_gradient_norm == close_to(expected.critic_gradient_norm));
      CHECK(ours.actor_gradient_norm == close_to(expected.actor_gradient_norm));
    }
    check_alike(cuda.update.sums().losses, cpu.update.sums().losses);
    CHECK(cuda.update.sums().steps == 30);
    run_threads_backwards(true);
    again.run(30);
    run_threads_backwards(false);
    CHECK(again.weights() == cuda.weights());
    const auto ours = cuda.weights(), expected = cpu.weights();
    for (std::size_t part = 0; part < ours.size(); ++part) {
      for (std::size_t i = 0; i < ours[part].size(); ++i) {
        CHECK(ours[part][i] == Approx(expected[part][i]).epsilon(1e-2).margin(1e-3));
      }
    }
  }
}

TEST_CASE("SAC on CUDA stops learning at a non-finite step and reports that step") {
  for (const std::int64_t bad : {0, 2, 5}) {
    CAPTURE(bad);
    Session broken(Device::cuda), good(Device::cuda);
    broken.poisoned = bad;
    good.run(bad);
    broken.run(8);
    const SacUpdate::Result result = broken.update.wait();
    CHECK(std::isnan(result.losses.critic));
    CHECK(result.step == bad);
    CHECK(broken.weights() == good.weights());
    if (bad > 0) CHECK(broken.update.wait().losses.value == good.update.wait().losses.value);
  }
}

TEST_CASE("a non-finite actor loss stops SAC on CUDA after the critics' step") {
  Session broken(Device::cuda), before(Device::cuda), after(Device::cuda);
  broken.poisoned = 4;
  broken.poison = &SacBatch::noise;
  broken.run(8);
  before.run(4);
  after.run(5);
  const SacUpdate::Result result = broken.update.wait();
  CHECK(result.step == 4);
  CHECK(std::isfinite(result.losses.critic));
  CHECK(std::isnan(result.losses.actor));
  CHECK(broken.weights()[0] == before.weights()[0]);
  CHECK(broken.weights()[1] == after.weights()[1]);
  CHECK(broken.weights()[2] == after.weights()[2]);
}

TEST_CASE("an action sampled on CUDA matches the CPU's") {
  Session cuda(Device::cuda), cpu(Device::cpu);
  Explorer ours(cuda.actor, Device::cuda, nullptr), theirs(cpu.actor, Device::cpu, nullptr);
  const std::vector<double> observation = {0.5, -1, 2, 0, 0.25};
  for (std::uint64_t step = 0; step < 5; ++step) {
    std::vector<double> action(kAction), expected(kAction);
    Random random(1, Purpose::test, step), same = random;
    const double log_probability = ours.draw(observation, random, action);
    CHECK(log_probability == Approx(theirs.draw(observation, same, expected)).epsilon(1e-4));
    for (std::size_t i = 0; i < action.size(); ++i) {
      CHECK(action[i] == Approx(expected[i]).epsilon(1e-4));
    }
  }
}

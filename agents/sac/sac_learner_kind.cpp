#include "agents/sac/sac_learner_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "agents/learning/learner_kind.h"
#include "agents/sac/sac_config.h"
#include "agents/sac/sac_learner.h"

namespace seqrl {
namespace {

class SacLearning : public LearnerKind {
 public:
  using LearnerKind::make;
  std::unique_ptr<Learner> make(const RunConfig& config, ThreadPool& pool) const override {
    return std::make_unique<SacLearner>(config, pool);
  }

  RunMemory memory(const RunConfig& config) const override {
    const SacConfig& sac = options(config);
    const RunSizes size(config, sac.batch);
    const auto dim = static_cast<double>(sac.dim), layers = static_cast<double>(sac.layers);
    const double row = 2 * size.observation + size.action + 3;
    RunMemory memory;
    memory.parameters = perceptron_parameters(size.observation, dim, layers, 2 * size.action);
    const double critics =
        2 * perceptron_parameters(size.observation + size.action, dim, layers, 1);
    memory.weights = weight_bytes(memory.parameters + 2 * critics, size.shards);
    // Twice for the actor, and three times for the two critics.
    memory.activations =
        size.lanes * size.rows * kFloatBytes * (row + (2 + 2 * 3) * layers * dim * kHiddenFloats);
    memory.replay = static_cast<double>(config.training.steps) * row * kFloatBytes;
    add_results(config, memory);
    return memory;
  }
  MemoryKeys memory_keys() const override { return {"agent.dim, agent.layers", "agent.batch"}; }

  double lr(const RunConfig& config) const override { return options(config).lr; }
  std::int64_t batch(const RunConfig& config) const override { return options(config).batch; }

  std::int64_t idle_steps(const RunConfig& config) const override {
    return options(config).random_steps;
  }
  void limit_idle_steps(RunConfig& config, std::int64_t most) const override {
    std::int64_t& random = config.agent.as<SacConfig>().random_steps;
    random = std::min(random, most);
  }

  std::optional<std::string> needs_one_rank() const override {
    return "sac does not scale to ranks: a step takes milliseconds, and each waits for an "
           "environment; train it without mpirun, and several seeds in parallel with seqrl sweep";
  }

  std::optional<std::string> caution(const RunConfig& config) const override {
    const std::int64_t random = options(config).random_steps, steps = config.training.steps;
    if (steps > random) return std::nullopt;
    return fmt::format(
        "agent.random_steps is {} and training.steps {}: all actions are random and nothing is "
        "learned; perhaps agent.random_steps={}",
        random, steps, std::max<std::int64_t>(steps / 10, 1));
  }
  std::string remedy(const RunConfig& config) const override {
    return fmt::format("start a new run with a lower agent.lr, perhaps agent.lr={:g}",
                       options(config).lr / 10);
  }

 private:
  static const SacConfig& options(const RunConfig& config) { return config.agent.as<SacConfig>(); }
};

}  // namespace

void register_sac_learner() {
  add_learner_kind("sac", std::make_unique<SacLearning>());
}

}  // namespace seqrl

#include "agents/sac/gaussian_actor.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "agents/config/run_config.h"
#include "agents/policies/step_graph.h"
#include "agents/sac/sac_config.h"
#include "configs/base/random.h"
#include "models/core/to_tensor.h"
#include "models/ops/gaussian.h"

namespace seqrl {
namespace {

// The part shared by both ways to act: from observations to the distribution, on its own tape.
class ActorForward {
 public:
  ActorForward(const GaussianActor& actor, const PackedWeights& weights)
      : actor_(actor), weights_(weights) {}
  ActorForward(const ActorForward& other) : ActorForward(other.actor_, other.weights_) {}

  Tape& tape() { return tape_; }
  const ActionScale& action_scale() const { return actor_.action_scale(); }

  // observations (rows · observation_dim) → (rows, 2 · action_dim)
  Tensor operator()(std::span<const double> observations) {
    const std::int64_t dim = actor_.spec().observation_dim;
    const auto rows = static_cast<std::int64_t>(observations.size()) / dim;
    tape_.begin({});
    tape_.set_packed_weights(&weights_);
    return actor_.distribution(to_tensor(tape_, observations.data(), {rows, dim}, DType::f32));
  }

 private:
  const GaussianActor& actor_;
  const PackedWeights& weights_;
  Tape tape_;
};

class MeanPolicy : public Policy {
 public:
  MeanPolicy(const GaussianActor& actor, const PackedWeights& weights) : forward_(actor, weights) {}

  void begin(std::span<const double>) override {}
  void keep(std::span<const std::int64_t>) override {}
  std::unique_ptr<Policy> fork(std::span<const std::int64_t>) const override {
    return std::make_unique<MeanPolicy>(*this);
  }

  void act(std::span<const double> observations, std::span<const double>,
           std::span<double> actions) override {
    const Tensor distribution = forward_(observations);
    // Without noise the sample is the tanh of the mean.
    const std::int64_t rows = distribution.dim(0), dim = distribution.dim(1) / 2;
    const Tensor noise = forward_.tape().constant({rows, dim}, DType::f32);
    std::ranges::fill(noise.span<float>(), 0.0f);
    std::ranges::copy(squashed_gaussian(distribution, noise).action.span<float>(), actions.begin());
    forward_.action_scale().to_environment(actions);
  }

 private:
  ActorForward forward_;
};

class SamplingPolicy : public StochasticPolicy {
 public:
  SamplingPolicy(const GaussianActor& actor, const PackedWeights& weights, std::uint64_t seed,
                 std::uint32_t first)
      : forward_(actor, weights), seed_(seed), first_(first) {}

  void begin(std::span<const double> targets) override {
    episodes_.resize(targets.size());
    std::iota(episodes_.begin(), episodes_.end(), first_);
    log_probabilities_.resize(targets.size());
    timestep_ = 0;
  }
  void keep(std::span<const std::int64_t> rows) override {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      episodes_[i] = episodes_[static_cast<std::size_t>(rows[i])];
    }
    episodes_.resize(rows.size());
    log_probabilities_.resize(rows.size());
  }
  std::unique_ptr<Policy> fork(std::span<const std::int64_t> rows) const override {
    auto part = std::make_unique<SamplingPolicy>(*this);
    part->keep(rows);
    return part;
  }

  void act(std::span<const double> observations, std::span<const double>,
           std::span<double> actions) override {
    const Tensor distribution = forward_(observations);
    const std::int64_t rows = distribution.dim(0), dim = distribution.dim(1) / 2;
    const Tensor noise = forward_.tape().constant({rows, dim}, DType::f32);
    for (std::int64_t r = 0; r < rows; ++r) {
      Random random(seed_, Purpose::exploration, timestep_, episodes_[static_cast<std::size_t>(r)]);
      for (std::int64_t i = 0; i < dim; ++i) {
        noise.data<float>()[r * dim + i] = static_cast<float>(random.normal());
      }
    }
    const auto [action, log_probability] = squashed_gaussian(distribution, noise);
    std::ranges::copy(action.span<float>(), actions.begin());
    std::ranges::copy(log_probability.span<float>(), log_probabilities_.begin());
    const ActionScale& scale = forward_.action_scale();
    scale.to_environment(actions);
    for (double& log : log_probabilities_) log += scale.log_density();
    ++timestep_;
  }

  std::span<const double> log_probabilities() const override { return log_probabilities_; }

 private:
  ActorForward forward_;
  std::uint64_t seed_;
  std::uint32_t first_;
  std::vector<std::uint32_t> episodes_;
  std::uint64_t timestep_ = 0;
  std::vector<double> log_probabilities_;
};

}  // namespace

GaussianActor::GaussianActor(AgentSpec spec, std::int64_t dim, std::int64_t layers)
    : Agent(std::move(spec)),
      network_(this, "actor",
               {.in = this->spec().observation_dim,
                .dim = dim,
                .layers = layers,
                .out = 2 * this->spec().action_dim}) {}

std::unique_ptr<Policy> GaussianActor::make_policy(ActMode, const PackedWeights& weights) const {
  return std::make_unique<MeanPolicy>(*this, weights);
}

std::unique_ptr<StochasticPolicy> GaussianActor::make_sampling_policy(const PackedWeights& weights,
                                                                      std::uint64_t seed,
                                                                      std::uint32_t first) const {
  return std::make_unique<SamplingPolicy>(*this, weights, seed, first);
}

// The tanh of the mean, which comes before the deviations.
bool GaussianActor::write_step(StepGraph& graph) const {
  StepGraph::Value x = graph.observation(StepGraph::Scale::environment);
  for (const auto& layer : network_.layers()) x = graph.linear(x, *layer);
  graph.action(graph.tanh(graph.first(x, spec().action_dim)));
  return true;
}

void register_sac() {
  register_agent<SacConfig>(
      "sac", "Soft Actor-Critic, which collects its own data (arXiv 1812.05905)",
      {.learns_from_data = false,
       .keeps_transitions = true,
       .description = "Soft Actor-Critic (Haarnoja et al., arXiv 1812.05905): trained by acting, "
                      "it acts by the mean of its action distribution.",
       .make = [](const RunConfig& config, const AgentSpec& spec) -> std::unique_ptr<Agent> {
         const SacConfig& options = config.agent.as<SacConfig>();
         return std::make_unique<GaussianActor>(spec, options.dim, options.layers);
       }});
}

}  // namespace seqrl

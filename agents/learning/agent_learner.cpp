#include "agents/learning/agent_learner.h"

#include <fmt/format.h>

#include <utility>

#include "agents/evaluation/evaluator.h"

namespace seqrl {

AgentLearner::AgentLearner(const RunConfig& config, AgentSpec spec, Device device, ThreadPool& pool,
                           const std::vector<double>& usual_targets)
    : config_(config), pool_(pool) {
  TrainedAgent fresh = make_trained_agent(config, std::move(spec), device);
  agent_ = std::move(fresh.agent);
  parameters_ = std::move(fresh.parameters);
  if (agent_->uses_targets() && config_.evaluation.targets.empty()) {
    config_.evaluation.targets = usual_targets;
  }
  if (!config.has_env()) return;  // it does not act
  const Device acts_on = evaluation_device(config, *agent_, device);
  if (acts_on != device) acting_copy_ = make_trained_agent(config, agent_->spec(), acts_on);
  SEQRL_REQUIRE(!agent_->uses_targets() || !config_.evaluation.targets.empty(),
                "{} has no default target returns; set them, such as evaluation.targets=[1000]",
                title_of(config.env));
}

std::optional<EvaluationReport> AgentLearner::evaluate(const ProgressMonitor& monitor) {
  EvaluationOptions options = evaluation_options(config_);
  options.monitor = monitor;
  options.scale = scale_;
  if (acting_copy_.agent) acting_copy_.parameters->copy_values_from(*parameters_);
  const Agent& agent = acting_copy_.agent ? *acting_copy_.agent : *agent_;
  const ParameterBlock& parameters = acting_copy_.agent ? *acting_copy_.parameters : *parameters_;
  const auto evaluation = seqrl::evaluate(agent, parameters, options, pool_);
  if (!evaluation) return std::nullopt;

  EvaluationReport report{.json = to_json(*evaluation),
                          .steps_per_second = evaluation->steps_per_second,
                          .metrics = {},
                          .ranking = evaluation->ranking(),
                          .text = to_text(*evaluation)};
  report.json.erase("steps_per_second");
  for (const TargetResult& result : evaluation->targets) {
    const std::string prefix = fmt::format("eval/{}{}", name_of(result.mode),
                                           result.target ? fmt::format("/{}", *result.target) : "");
    const auto add = [&](const char* name, const std::optional<double>& value) {
      if (value) report.metrics.push_back({prefix + name, *value});
    };
    add("/return", result.return_mean);
    add("/score", result.score_mean);
    add("/length", result.length_mean);
    add("/success", result.success_mean);
    if (scale_ && result.return_mean) {
      add(fmt::format("/{}_score", scale_->name).c_str(),
          scale_->returns.normalized(*result.return_mean));
    }
  }
  return report;
}

std::optional<double> AgentLearner::broken_parameter() const {
  return not_finite(*parameters_);
}

void AgentLearner::resolve(RunConfig& config) const {
  config.evaluation.targets = config_.evaluation.targets;
}

void AgentLearner::save_weights(CheckpointWriter& checkpoint) const {
  add_agent(checkpoint, *agent_, *parameters_);
}

}  // namespace seqrl

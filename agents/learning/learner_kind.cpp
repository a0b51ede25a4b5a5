#include "agents/learning/learner_kind.h"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "configs/base/error.h"

namespace seqrl {
namespace {

struct Table {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<const LearnerKind>> agents;
  std::unique_ptr<const LearnerKind> task;
};

Table& table() {
  static Table all;
  return all;
}

}  // namespace

std::unique_ptr<Learner> LearnerKind::make(const RunConfig& config, Trajectories,
                                           ThreadPool&) const {
  reject("{} does not learn from recorded experience",
         config.trains_task() ? config.task.kind() : config.agent.kind());
}

std::optional<std::string> LearnerKind::caution(const RunConfig& config) const {
  const TrainingConfig& training = config.training;
  if (training.warmup < training.steps) return std::nullopt;
  return fmt::format(
      "training.warmup is {} and training.steps {}: the learning rate is still rising at the end "
      "and never stays at {}; perhaps training.warmup={}",
      training.warmup, training.steps, training.lr, training.steps / 10);
}

std::string LearnerKind::remedy(const RunConfig& config) const {
  const TrainingConfig& training = config.training;
  return fmt::format("start a new run with a lower training.lr, perhaps training.lr={:g}{}",
                     training.lr / 10, training.clip == 0 ? ", or with training.clip=0.25" : "");
}

nlohmann::ordered_json LearnerKind::ranking_protocol(const RunConfig& config) const {
  if (!config.trains_task() && !config.has_env()) return nlohmann::ordered_json::object();
  const EvaluationConfig& evaluation = config.evaluation;
  nlohmann::ordered_json json = {{"episodes", evaluation.episodes}, {"seed", evaluation.seed}};
  if (evaluation.actions != "likely") json["actions"] = evaluation.actions;
  if (config.trains_task() || !agent_kind(config).reads_sequences) return json;
  if (!evaluation.targets.empty()) json["target"] = evaluation.targets[0];
  json["mode"] = evaluation.mode[0];
  return json;
}

void add_learner_kind(const std::string& agent, std::unique_ptr<const LearnerKind> kind) {
  const std::lock_guard lock(table().mutex);
  table().agents.try_emplace(agent, std::move(kind));
}

void add_task_learner_kind(std::unique_ptr<const LearnerKind> kind) {
  const std::lock_guard lock(table().mutex);
  if (!table().task) table().task = std::move(kind);
}

const LearnerKind& learner_kind(const RunConfig& config) {
  const std::lock_guard lock(table().mutex);
  const auto found = table().agents.find(config.agent.kind());
  const LearnerKind* kind = config.trains_task()            ? table().task.get()
                            : found == table().agents.end() ? nullptr
                                                            : found->second.get();
  SEQRL_REQUIRE(kind != nullptr, "agent: this build of seqrl cannot train {}",
                config.trains_task() ? config.task.kind() : config.agent.kind());
  return *kind;
}

void require_memory(const RunConfig& config) {
  const LearnerKind& kind = learner_kind(config);
  require_memory(config, kind.memory(config), kind.memory_keys());
}

}  // namespace seqrl

#include "agents/tasks/trained_model.h"

#include <map>
#include <nlohmann/json.hpp>

#include "agents/policies/checkpoint.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "models/backbones/transformer.h"
#include "models/nn/packed_weights.h"
#include "models/tasks/registry.h"

namespace seqrl {
namespace {

// Keys of a config that would be ignored silently.
void reject_unused(const RunConfig& config) {
  const RunConfig usual;
  const auto require = [](const char* key, const auto& value, const auto& usual_value,
                          const char* instead = "") {
    SEQRL_REQUIRE(value == usual_value, "{}: a task does not use it; leave it out{}", key, instead);
  };
  require("agent", config.agent.kind(), usual.agent.kind());
  const nlohmann::json agent = config_json(config).at("agent"),
                       usual_agent = config_json(usual).at("agent");
  for (const auto& [key, value] : agent.items()) {
    require(("agent." + key).c_str(), value, usual_agent.at(key));
  }
  require("dataset.keep_cut_episodes", config.dataset.keep_cut_episodes,
          usual.dataset.keep_cut_episodes);
  require("dataset.validation", config.dataset.validation.value_or(0), 0.0);
  require("training.context", config.training.context, usual.training.context,
          ", the task's options set the sequence length");
  const EvaluationConfig &given = config.evaluation, &defaults = usual.evaluation;
  require("evaluation.episodes", given.episodes, defaults.episodes,
          ", the task's options set the evaluation data");
  require("evaluation.targets", given.targets, defaults.targets);
  require("evaluation.mode", given.mode, defaults.mode);
  require("evaluation.actions", given.actions, defaults.actions);
  require("evaluation.seed", given.seed, defaults.seed);
  require("evaluation.device", given.device, defaults.device,
          ", it is evaluated on the training device");
}

// The task properties on which a network depends, by their names in checkpoints.
std::map<std::string, std::string> kept(const Task& task) {
  const TaskShape& shape = task.shape();
  std::map<std::string, std::string> texts = task.texts();
  texts["task_symbols"] = std::to_string(shape.symbols);
  texts["task_classes"] = std::to_string(shape.classes);
  texts["task_documents"] = std::to_string(shape.documents);
  texts["task_answers"] = shape.answers == Answers::each_token   ? "each token"
                          : shape.answers == Answers::last_token ? "last token"
                                                                 : "mean token";
  return texts;
}

void require_same_task(const CheckpointReader& checkpoint, const Task& task) {
  for (const auto& [name, text] : kept(task)) {
    SEQRL_REQUIRE(checkpoint.text(name) == text,
                  "{}: it was trained on a task with '{}' {}, but here it is {}; keep the task's "
                  "options and files unchanged",
                  checkpoint.path(), name, shown(checkpoint.text(name)), shown(text));
  }
}

RunConfig read_task_config(const CheckpointReader& checkpoint) {
  RunConfig config = read_run_config(checkpoint);
  SEQRL_REQUIRE(config.trains_task(), "{}: a checkpoint of an agent, not of a task",
                checkpoint.path());
  return config;
}

}  // namespace

TrainedModel make_trained_model(const RunConfig& config, Device device) {
  reject_unused(config);
  TrainedModel trained{.config = config};
  trained.task = make_task(config.task, config.seed);
  trained.model = std::make_unique<SequenceModel>(trained.task->shape(), config.backbone);
  trained.parameters =
      std::make_unique<ParameterBlock>(*trained.model, DType::f32, config.seed, device);
  return trained;
}

TrainedModel load_model(const CheckpointReader& checkpoint,
                        const std::vector<std::string>& overrides, Device device) {
  const RunConfig saved = read_task_config(checkpoint);
  auto config = read_config_text<RunConfig>(print_config(saved), checkpoint.path(), overrides);
  config.resolve();
  SEQRL_REQUIRE(config.task.kind() == saved.task.kind(),
                "{}: it was trained on {} and can only be evaluated on it", checkpoint.path(),
                saved.task.kind());
  TrainedModel trained = make_trained_model(config, device);
  read_model(checkpoint, trained);
  return trained;
}

void add_model(CheckpointWriter& checkpoint, const TrainedModel& trained) {
  checkpoint.add(*trained.parameters, "model.");
  for (const auto& [name, text] : kept(*trained.task)) checkpoint.add_text(name, text);
}

void read_model(const CheckpointReader& checkpoint, TrainedModel& trained) {
  require_same_task(checkpoint, *trained.task);
  checkpoint.read(*trained.parameters, "model.");
}

std::optional<TaskEvaluation> evaluate(const TrainedModel& trained, ThreadPool& pool,
                                       const ProgressMonitor& monitor) {
  const Device device = trained.parameters->device();
  Communicator& ranks = *trained.config.ranks;
  if (device != Device::cpu) {
    return evaluate_on(device, *trained.model, *trained.task, monitor, ranks);
  }
  const PackedWeights weights(*trained.parameters, false);
  return evaluate(*trained.model, *trained.task, weights, pool, monitor, ranks);
}

CharacterModel load_character_model(const CheckpointReader& checkpoint) {
  RunConfig config = read_task_config(checkpoint);
  SEQRL_REQUIRE(checkpoint.has_text(Characters::kVocabulary),
                "{}: trained on {}; only a model of characters can write text", checkpoint.path(),
                config.task.kind());
  if (config.backbone.kind() == "transformer") {
    auto& window = config.backbone.as<TransformerConfig>().window;
    if (!window) window = config.task.as<CharactersConfig>().context;
  }
  CharacterModel loaded{Vocabulary::from_hex(checkpoint.text(Characters::kVocabulary)), nullptr,
                        nullptr};
  const TaskShape shape{.symbols = loaded.vocabulary.size(), .classes = loaded.vocabulary.size()};
  loaded.model = std::make_unique<SequenceModel>(shape, config.backbone);
  loaded.parameters = std::make_unique<ParameterBlock>(*loaded.model, DType::f32, config.seed);
  checkpoint.read(*loaded.parameters, "model.");
  return loaded;
}

}  // namespace seqrl

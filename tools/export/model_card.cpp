#include "tools/export/model_card.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "configs/base/json.h"
#include "configs/base/printable.h"
#include "configs/base/shell.h"
#include "configs/schema/config.h"
#include "envs/mjcf/mjcf_options.h"

namespace seqrl::tools {
namespace {

using Json = nlohmann::ordered_json;

Json parsed(const std::string& evaluation) {
  return evaluation.empty() ? Json() : Json::parse(evaluation);
}

// The description of its kind in the table of agents, or the kind's line of help.
std::string description(const RunConfig& config) {
  const std::string& text = agent_kind(config).description;
  if (!text.empty()) return text;
  const KindTable::Kind* kind = config.agent.table().find(config.agent.kind());
  return markdown_code(config.agent.kind()) + (kind ? ": " + markdown_text(kind->help) : "") + ".";
}

std::string plus_minus(const Json& result, const std::string& what, const char* sign) {
  const Json mean = result.value(what + "_mean", Json()), std = result.value(what + "_std", Json());
  if (!mean.is_number() || !std.is_number()) return "–";
  return fmt::format("{:.1f} {} {:.1f}", mean.get<double>(), sign, std.get<double>());
}

// A YAML string: JSON's quoting is valid YAML.
std::string quoted(const std::string& text) {
  return compact(text);
}

std::string header(const ModelCard& card, const Json& evaluation) {
  const RunConfig& config = card.agent.config;
  std::vector<std::string> tags = {"reinforcement-learning", config.agent.kind()};
  if (agent_kind(config).learns_from_data)
    tags.insert(tags.begin() + 1, "offline-reinforcement-learning");
  if (learner_name(config) != config.agent.kind()) tags.push_back(learner_name(config));
  if (config.has_env()) tags.push_back(title_of(config.env));
  tags.emplace_back("seqrl");
  std::string text = "---\nlibrary_name: seqrl\npipeline_tag: reinforcement-learning\ntags:\n";
  for (const std::string& tag : tags) text += fmt::format("- {}\n", quoted(tag));
  const Json results = evaluation.is_object() ? evaluation.value("targets", Json()) : Json();
  if (!results.is_array() || results.empty()) return text + "---\n";

  text += fmt::format(
      "metrics:\n- mean_reward\nmodel-index:\n- name: {}\n  results:\n  - task:\n      type: "
      "reinforcement-learning\n      name: reinforcement-learning\n    dataset:\n      name: {}\n"
      "      type: {}\n    metrics:\n",
      quoted(card.name), quoted(title_of(config.env)), quoted(title_of(config.env)));
  const auto metric = [&](const char* type, const std::string& value, const std::string& name) {
    text += fmt::format("    - type: {}\n      value: {}\n      name: {}\n      verified: false\n",
                        type, quoted(value), name);
  };
  // The scores of the first target in the first mode, which choose the best checkpoint.
  metric("mean_reward", plus_minus(results[0], "return", "+/-"), "mean_reward");
  if (results[0].value("score_mean", Json()).is_number()) {
    metric("d4rl_normalized_score", plus_minus(results[0], "score", "+/-"),
           "D4RL normalized score");
  }
  return text + "---\n";
}

std::string score_rows(const char* checkpoint, const Json& evaluation) {
  std::string rows;
  if (!evaluation.is_object()) return rows;
  for (const Json& result : evaluation.value("targets", Json::array())) {
    const Json target = result.value("target", Json());
    rows += fmt::format("| {} | {} | {} | {} | {} | {} |\n", checkpoint,
                        evaluation.value("step", Json(0)).dump(),
                        markdown_text(result.value("mode", "")),
                        target.is_number() ? fmt::format("{:g}", target.get<double>()) : "–",
                        plus_minus(result, "return", "±"), plus_minus(result, "score", "±"));
  }
  return rows;
}

bool has_scores(const Json& evaluation) {
  if (!evaluation.is_object()) return false;
  const Json results = evaluation.value("targets", Json::array());
  return std::ranges::any_of(
      results, [](const Json& result) { return result.value("score_mean", Json()).is_number(); });
}

// For an agent that trained from logs only.
std::string validation(const RunConfig& config, const Json& best, const Json& last) {
  std::string rows;
  for (const auto& [checkpoint, evaluation] : {std::pair("best", &best), {"last", &last}}) {
    if (!evaluation->is_object()) continue;
    const Json loss = evaluation->value("validation_loss", Json());
    if (!loss.is_number()) continue;
    rows += fmt::format("| {} | {} | {:.4g} |\n", checkpoint,
                        evaluation->value("step", Json(0)).dump(), loss.get<double>());
  }
  if (rows.empty()) return "The run was not evaluated.\n";
  const std::string& loss = agent_kind(config).loss;
  return fmt::format(
      "The agent was trained from logs only. The loss is measured on held-out episodes{}.\n\n| "
      "checkpoint | step | validation loss |\n|---|---|---|\n{}",
      loss.empty() ? "" : ": " + loss, rows);
}

std::string scores(const ModelCard& card) {
  const RunProgress& progress = card.run;
  const Json best = parsed(progress.best_evaluation), last = parsed(progress.last_evaluation);
  if (!card.agent.config.has_env()) return validation(card.agent.config, best, last);
  const std::string rows = score_rows("best", best) + score_rows("last", last);
  if (rows.empty()) return "The run was not evaluated.\n";
  return fmt::format(
      "Mean ± standard deviation over {} episodes of {}, MuJoCo {}.{}\n\n"
      "| checkpoint | step | mode | target | return | score |\n|---|---|---|---|---|---|\n{}",
      card.agent.config.evaluation.episodes, markdown_code(title_of(card.agent.config.env)),
      markdown_text(card.mujoco_version),
      has_scores(best) || has_scores(last)
          ? " Scores are D4RL's: 0 is a random policy, 100 an expert."
          : "",
      rows);
}

std::string usage(const ModelCard& card) {
  const EnvSection& env = card.agent.config.env;
  const std::string model = env.kind() == "mjcf" ? env.as<MjcfOptions>().model : "";
  const std::string target =
      card.agent.agent->uses_targets() ? "target return" : "start an episode";
  std::string text = fmt::format(
      "{}{}"
      "```python\nimport seqrl\n\nactor = seqrl.Actor(\"model.safetensors\")\nactor.reset({})  # "
      "{}\naction = actor.act(observation)          # ({},) in, ({},) out\n"
      "action = actor.act(observation, reward)\n```\n",
      !card.agent.config.has_env()
          ? ""
          : fmt::format(
                "```console\n$ seqrl eval model.safetensors episodes=20 mode=stream{}\n```\n\n",
                model.empty() ? "" : fmt::format(" {}", shell_quoted("env.model=" + model))),
      model.empty() ? ""
                    : fmt::format("The environment is a custom MuJoCo model: evaluation needs {}, "
                                  "which is not part of this folder.\n\n",
                                  markdown_code(model)),
      card.agent.agent->uses_targets() && !card.agent.config.evaluation.targets.empty()
          ? fmt::format("{:g}", card.agent.config.evaluation.targets[0])
          : "",
      target, card.agent.agent->spec().observation_dim, card.agent.agent->spec().action_dim);
  if (!card.onnx) return text;
  text +=
      "\n`step.onnx` computes one step of the policy, with any ONNX runtime that supports opset 17 "
      "(onnxruntime 1.12 or newer) and any number of rows: `observation` (float64, as the "
      "environment returns it) in, `action` (float32) out";
  text +=
      card.agent.agent->spec().action_choices > 0
          ? fmt::format(
                ": the index of the likeliest of {} choices; their `logits` are another output.",
                card.agent.agent->spec().action_choices)
          : ".";
  if (card.onnx->empty()) return text + "\n";
  const auto& inputs = *card.onnx;
  const auto last = inputs.end() - 1;
  return text + fmt::format(" Further inputs: {}{}{}.\n", fmt::join(inputs.begin(), last, ", "),
                            inputs.size() > 1 ? " and " : "", *last);
}

}  // namespace

std::string to_markdown(const ModelCard& card) {
  const TrainedAgent& agent = card.agent;
  const RunProgress& progress = card.run;
  std::string text =
      header(card, parsed(card.best ? progress.best_evaluation : progress.last_evaluation));
  text += fmt::format(
      "\n# {}\n\n{}{}, trained for {} steps{} with seqrl, as configured in "
      "[config.yaml](config.yaml). {} parameters.\n\n{}\n\n",
      markdown_text(card.name), markdown_code(learner_name(agent.config)),
      agent.config.has_env() ? " for " + markdown_code(title_of(agent.config.env)) : "",
      progress.step, progress.source.empty() ? "" : " on " + markdown_code(progress.source),
      agent.parameters->count(), description(agent.config));
  text += "## Scores\n\n" + scores(card) + "\n## Use\n\n" + usage(card) + "\n## Files\n\n";
  text += fmt::format("- `model.safetensors`: the weights of the {} checkpoint\n",
                      card.best ? "best" : "last");
  if (card.best) text += "- `last.safetensors`: the weights of the last checkpoint\n";
  if (card.onnx) text += "- `step.onnx`: one step of the policy\n";
  if (card.video) text += "- `replay.mp4`: a video of an episode\n";
  text += "- `config.yaml`: the config of the run\n";
  if (card.evaluated) text += "- `eval.json`: the scores\n";
  return text;
}

}  // namespace seqrl::tools

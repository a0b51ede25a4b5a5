#include "tools/commands/eval.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "agents/evaluation/evaluator.h"
#include "agents/offline/data_fit.h"
#include "agents/offline/offline_learner.h"
#include "agents/policies/shipped_policies.h"
#include "agents/tasks/trained_model.h"
#include "configs/base/json.h"
#include "configs/base/printable.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "models/tasks/evaluation.h"
#include "tools/commands/agent_arguments.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"
#include "tools/commands/output.h"
#include "tools/commands/physics_notes.h"
#include "tools/ranks/with_ranks.h"
#include "tools/work_display.h"

namespace seqrl::tools {
namespace {

struct EvalCommand {
  std::string path;  // a run's folder, a checkpoint or a shipped policy
  std::vector<std::string> overrides;
  bool json = false;
};

// The worker threads of this rank.
int threads_of(const RunConfig& config) {
  return config.training.threads > 0 ? config.training.threads : config.ranks->threads();
}

bool learned_from_logs(const RunConfig& config) {
  return !config.trains_task() && !config.has_env();
}

// An evaluation may change how and where it measures, but not what was learned. The keys of the
// section on measuring (`task` for a task) may be given without the section's name.
std::vector<std::string> eval_overrides(RunConfig saved, const std::vector<std::string>& given) {
  const bool task = saved.trains_task();
  const std::string section = task ? "task." : "evaluation.";
  const std::vector<std::string> short_names =
      (task ? saved.task.fields() : Fields::of(saved.evaluation)).names();
  std::vector<std::string> known = short_names;
  known.insert(known.end(), {"checkpoint", "device", "threads"});
  std::vector<std::string> overrides;
  const auto gives = [&](const std::string& key) {
    return std::ranges::any_of(
        given, [&](const std::string& text) { return text.starts_with(key + "="); });
  };
  // The checkpoint's may be those of another machine.
  if (!gives("threads") && !gives("training.threads")) overrides.push_back("training.threads=0");
  // For an agent `device` is short for evaluation.device.
  if (!task || !gives("device")) overrides.push_back("device=cpu");
  if (!task && !gives("device") && !gives("evaluation.device")) {
    overrides.push_back("evaluation.device=auto");
  }
  for (const std::string& text : given) {
    const std::string key = text.substr(0, text.find('='));
    if (key == "threads") {
      overrides.push_back("training." + text);
      continue;
    }
    if (std::ranges::find(short_names, key) != short_names.end()) {
      overrides.push_back(section + text);
      continue;
    }
    const bool env =
        (!task && (key == "env" || key.starts_with("env."))) ||
        ((key == "dataset.path" || key == "dataset.python") && learned_from_logs(saved));
    const std::string meant = nearest_name(key, known);
    SEQRL_REQUIRE(env || key == "device" || key == "training.threads" || key.starts_with(section),
                  "command line: '{}': the contents of a checkpoint cannot be changed; an "
                  "evaluation takes checkpoint, {}*,{} device and threads{}",
                  text, section, task ? "" : " env,",
                  meant.empty() ? "" : "; did you mean '" + meant + "'?");
    overrides.push_back(text);
  }
  return overrides;
}

// Reports the overrides with these keys, which have no effect.
void note_unused(const std::vector<std::string>& overrides, const std::vector<std::string>& keys,
                 const std::string& because) {
  for (const std::string& text : overrides) {
    if (std::ranges::find(keys, text.substr(0, text.find('='))) == keys.end()) continue;
    print_note(fmt::format("{} changes nothing: {}", text, because));
  }
}

template <typename Evaluation>
std::optional<Measured> measured(const CheckpointReader& checkpoint,
                                 const std::optional<Evaluation>& evaluation,
                                 const nlohmann::ordered_json& about) {
  if (!evaluation) return std::nullopt;
  nlohmann::ordered_json json = to_json(*evaluation);
  json.update(about);
  return Measured{.json = indented(json),
                  .text = fmt::format("{} after {} steps\n", printable(checkpoint.path()),
                                      checkpoint.number<std::int64_t>("step")) +
                          to_text(*evaluation)};
}

std::optional<Measured> eval_task(const CheckpointReader& checkpoint,
                                  const std::vector<std::string>& overrides,
                                  const ProgressMonitor& monitor, Communicator& ranks) {
  const std::string key = "device=";  // eval_overrides() has added one
  const auto device = std::ranges::find_if(
      overrides, [&](const std::string& text) { return text.starts_with(key); });
  TrainedModel trained =
      load_model(checkpoint, overrides, available_device(device->substr(key.size())));
  note_unused(overrides, {"task.shortest", "task.longest", "task.training_examples"},
              "it applies only to training examples");
  trained.config.ranks = &ranks;
  ThreadPool pool(threads_of(trained.config));
  return measured(checkpoint, evaluate(trained, pool, monitor),
                  {{"task", trained.config.task.kind()}});
}

// Without an environment, the held-out part of the dataset is evaluated.
std::optional<Measured> eval_held_out(const CheckpointReader& checkpoint,
                                      const TrainedAgent& trained, const ProgressMonitor& monitor) {
  ThreadPool pool(threads_of(trained.config));
  try {
    Validation validation = OfflineLearner::validation_of(checkpoint, trained);
    return measured(checkpoint, validation.measure(*trained.parameters, pool, monitor),
                    nlohmann::ordered_json::object());
  } catch (const Error& error) {
    throw Error(error.kind(),
                fmt::format("env is none, so there is no environment to act in (give one with "
                            "env=NAME), and the loss on held-out episodes cannot be measured: {}",
                            error.what()));
  }
}

std::optional<Measured> eval_agent(const CheckpointReader& checkpoint,
                                   const std::vector<std::string>& overrides,
                                   const ProgressMonitor& monitor, Communicator& ranks) {
  TrainedAgent trained = load_agent(checkpoint);
  const std::string& agent = trained.config.agent.kind();
  note_unused(overrides, {"evaluation.every", "evaluation.keep"}, "it applies only to training");
  if (!trained.agent->uses_targets()) {
    note_unused(overrides, {"evaluation.targets"}, agent + " is not conditioned on returns");
  }
  if (!trained.agent->has_memory()) {
    note_unused(overrides, {"evaluation.mode"},
                agent + " has no memory, so both modes are the same");
  }
  RunConfig config = config_with(trained, checkpoint.path(), overrides);
  config.ranks = &ranks;
  if (!config.has_env()) {
    trained.config = config;
    trained.config.dataset.trusted = std::ranges::any_of(
        overrides, [](const std::string& text) { return text.starts_with("dataset.python="); });
    return eval_held_out(checkpoint, trained, monitor);
  }
  if (trained.config.has_env() && config.env.kind() != trained.config.env.kind()) {
    print_note(fmt::format("the agent was trained in {} and acts in {}",
                           title_of(trained.config.env), title_of(config.env)));
  }
  print_physics_notes(config.env, &checkpoint);
  move_to(evaluation_device(config, *trained.agent, Device::cpu), trained);
  EvaluationOptions options = evaluation_options(config);
  if (checkpoint.has_text("dataset_facts")) {
    require_layout(printable(checkpoint.path()) + " was trained on data in which",
                   layout_of_facts(checkpoint.text("dataset_facts")), config.env);
  }
  if (config.env.kind() == trained.config.env.kind() && checkpoint.has_text("dataset_facts")) {
    options.scale = scale_of_facts(checkpoint.text("dataset_facts"));
  }
  ThreadPool pool(threads_of(config));
  options.monitor = monitor;
  return measured(checkpoint, evaluate(*trained.agent, *trained.parameters, options, pool),
                  nlohmann::ordered_json::object());
}

int run_eval(const EvalCommand& command) {
  catch_interrupts();
  return with_ranks(interrupted, [&](Ranks& ranks) {
    Communicator& all = ranks.communicator();
    const auto stop = [&] { return interrupted() || all.stop_asked(); };
    const auto measured = with_progress("evaluate", stop, [&](const auto& monitor) {
      return measure(command.path, command.overrides, monitor, all);
    });
    if (!measured) return report_interruption("nothing was evaluated");
    std::cout << (command.json ? measured->json : measured->text);
    return 0;
  });
}

}  // namespace

std::optional<Measured> measure(const std::string& path, std::vector<std::string> settings,
                                const ProgressMonitor& monitor, Communicator& ranks) {
  load_given_plugins(settings);
  accept_target(settings);
  const CheckpointChoice choice = take_checkpoint(settings);
  const CheckpointReader checkpoint = open_checkpoint(path, choice);
  const RunConfig saved = read_run_config(checkpoint);
  const std::vector<std::string> overrides = eval_overrides(saved, settings);
  return saved.trains_task() ? eval_task(checkpoint, overrides, monitor, ranks)
                             : eval_agent(checkpoint, overrides, monitor, ranks);
}

Command eval_command() {
  const auto given = std::make_shared<EvalCommand>();
  return {
      .name = "eval",
      .help = "evaluate the last checkpoint of a run, or another one",
      .arguments = {required("RUN|CHECKPOINT|POLICY", &given->path),
                    {"key=value", &given->overrides,
                     "settings such as episodes=10 mode=stream targets=[3600] checkpoint=best; for "
                     "a task its options, such as length=512; " +
                         std::string(kPluginsHelp)},
                    {"--json", &given->json, kJsonHelp}},
      .examples = {"seqrl eval runs/hopper-min_gru-1 episodes=20 mode=stream",
                   "seqrl eval runs/hopper-min_gru-1/checkpoints/best.safetensors "
                   "targets=[3600,1800] --json"},
      .run = [given] { return run_eval(*given); },
  };
}

}  // namespace seqrl::tools

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <regex>
#include <vector>

#include "agents/config/run_files.h"
#include "agents/policies/shipped_policies.h"
#include "agents/runs/run_checkpoint.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/printable.h"
#include "configs/base/shell.h"
#include "configs/base/staging.h"
#include "configs/schema/config.h"
#include "envs/mjcf/mjcf_options.h"
#include "tools/commands/agent_arguments.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/output.h"
#include "tools/export/model_card.h"
#include "tools/export/onnx_policy.h"
#include "tools/work_display.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

struct ExportConfig {
  std::string name;
  bool onnx = true;

  void fields(Fields& field) {
    field("name", name, "name of the model; \"\" = the folder's name");
    field("onnx", onnx, "write the acting step as ONNX, if the agent supports it");
  }
};

void require_new(const fs::path& folder) {
  SEQRL_REQUIRE(!fs::exists(folder) || (fs::is_directory(folder) && fs::is_empty(folder)),
                "{} exists already; give a new folder", folder.string());
}

// A folder's path without a slash at its end.
fs::path without_end(const std::string& folder) {
  const fs::path path = fs::path(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

std::string name_of(const std::string& path) {
  return without_end(fs::absolute(path).string()).filename().string();
}

// Whether `dataset` is a Minari dataset's identifier, "D4RL/door/human-v2", rather than a path.
bool is_identifier(const std::string& dataset) {
  static const std::regex pattern(R"((\w[\w-]*/)*\w[\w-]*-v\d+)");
  return std::regex_match(dataset, pattern) && !fs::exists(dataset);
}

// Paths of the training machine are meaningless elsewhere: only their last part is kept.
void forget_paths(TrainedAgent& trained) {
  for (std::string& plugin : trained.config.plugins) plugin = name_of(plugin);
  if (trained.config.env.kind() == "mjcf") {
    std::string& model = trained.config.env.as<MjcfOptions>().model;
    model = name_of(model);
  }
  trained.config.device = trained.config.evaluation.device = "auto";
  trained.config.output = "runs/" + name_of(trained.config.output);
  DatasetPaths& datasets = trained.config.dataset.path;
  std::string& source = trained.progress.source;
  const std::string before = datasets.text();
  for (std::string& dataset : datasets.all()) {
    if (!is_identifier(dataset)) dataset = name_of(dataset);
  }
  if (!datasets.empty() && source.starts_with(before)) {
    source = datasets.text() + source.substr(before.size());
  }
  std::string& python = trained.config.dataset.python;
  if (!python.empty()) python = name_of(python);
  std::string& cache = trained.config.dataset.cache;
  if (cache != "off") cache = "auto";
}

// An agent without the data that only resuming its training needs.
void write_weights(const TrainedAgent& trained, const fs::path& path) {
  CheckpointWriter checkpoint;
  add_run(checkpoint, trained.config, trained.progress);
  add_agent(checkpoint, *trained.agent, *trained.parameters);
  checkpoint.write(path);
}

// The run's video; if there are several, the first by name.
std::optional<fs::path> find_video(const fs::path& run) {
  std::vector<fs::path> videos;
  if (!fs::is_directory(run)) return std::nullopt;
  for (const auto& entry : fs::directory_iterator(run)) {
    if (entry.path().extension() == ".mp4") videos.push_back(entry.path());
  }
  if (videos.empty()) return std::nullopt;
  return *std::ranges::min_element(videos);
}

// The scores and the video of a run, if it has them; notes say what is missing.
void copy_results(const std::string& run_path, const fs::path& output, ModelCard& card,
                  std::vector<std::string>& notes) {
  const fs::path evaluation = RunFiles(run_path).evaluation();
  if (fs::exists(evaluation)) {
    write_file_atomically(RunFiles(output).evaluation(), read_file(evaluation));
    card.evaluated = true;
  }
  if (const auto video = find_video(run_path)) {
    write_file_atomically(output / "replay.mp4", read_file(*video));
    card.video = true;
  } else {
    notes.push_back(fmt::format(
        "no replay.mp4: seqrl render {} makes a video if the environment can be rendered",
        shell_quoted(run_path)));
  }
}

// Writes the folder; returns notes.
std::vector<std::string> export_run(const std::string& run_path, const fs::path& target,
                                    const CheckpointChoice choice, const ExportConfig& config,
                                    const ProgressMonitor& monitor) {
  constexpr int kSteps = 5;
  const auto step = [&](int done) { monitor.advance(done, kSteps, "steps"); };
  step(0);
  // Both checkpoints, with the best as the model, unless the last is chosen.
  const bool has_best = choice == CheckpointChoice::best || (choice == CheckpointChoice::usual &&
                                                             fs::exists(RunFiles(run_path).best()));
  const CheckpointReader last_checkpoint =
      open_checkpoint(run_path, choice == CheckpointChoice::best ? CheckpointChoice::last : choice);
  TrainedAgent last = load_agent(last_checkpoint);
  const std::string mujoco = last_checkpoint.text("mujoco_version");
  std::optional<TrainedAgent> best;
  if (has_best) best = find_agent(run_path, CheckpointChoice::best);
  TrainedAgent& model = best ? *best : last;
  forget_paths(model);
  if (best) forget_paths(last);

  step(1);
  require_new(target);
  Staging staged(target, Staging::Kind::folder);
  const fs::path& output = staged.path();
  ModelCard card{.name = config.name.empty() ? name_of(run_path) : config.name,
                 .agent = model,
                 .run = last.progress,
                 .best = has_best,
                 .mujoco_version = mujoco};
  write_weights(model, RunFiles(output).exported_model());
  if (best) write_weights(last, RunFiles(output).exported_last());
  write_file_atomically(RunFiles(output).config(), print_config(model.config));
  step(2);
  std::vector<std::string> notes;
  if (config.onnx) {
    if (const auto onnx = to_onnx(model)) {
      write_file_atomically(output / "step.onnx", onnx->file);
      card.onnx = onnx->inputs;
    } else {
      notes.push_back(
          fmt::format("no step.onnx: {} cannot be exported to ONNX", learner_name(model.config)));
    }
  }
  step(3);
  copy_results(run_path, output, card, notes);
  step(4);
  write_file_atomically(output / "README.md", to_markdown(card));
  if (!staged.publish()) require_new(target);
  step(5);
  return notes;
}

int run_export(const std::string& run_path, const std::string& folder,
               std::vector<std::string> settings) {
  load_given_plugins(settings);
  const CheckpointChoice choice = take_checkpoint(settings);
  auto config = read_config_text<ExportConfig>("{}", "seqrl export", settings);
  SEQRL_REQUIRE(!folder.empty(), "DIR is empty; give a new folder");
  for (const std::string& key : Fields::of(config).names()) {
    SEQRL_REQUIRE(!folder.starts_with(key + "="),
                  "'{}' is given where DIR, a new folder, is expected", folder);
  }
  SEQRL_REQUIRE(fs::is_directory(run_path) || is_shipped_policy(run_path),
                "{}: no such run's folder or shipped policy", run_path);
  const std::vector<std::string> notes =
      with_progress("export", nullptr, [&](const ProgressMonitor& monitor) {
        return export_run(run_path, without_end(folder), choice, config, monitor);
      });
  print_notes(notes);
  std::cout << printable(folder) << "\n";
  return 0;
}

}  // namespace

Command export_command() {
  struct Arguments {
    std::string run, folder;
    std::vector<std::string> settings;
  };
  const auto given = std::make_shared<Arguments>();
  return {
      .name = "export",
      .help = "write a run as a folder to share: weights, config, scores, card, ONNX",
      .arguments = {required("RUN|POLICY", &given->run),
                    required("DIR", &given->folder,
                             "new folder, in the layout of the Hugging Face hub"),
                    {"key=value", &given->settings,
                     "name=MODEL onnx=true|false checkpoint=last (default: the best), " +
                         std::string(kPluginsHelp)}},
      .examples = {"seqrl export runs/hopper-min_gru-1 hopper-min_gru name=hopper-min_gru"},
      .run = [given] { return run_export(given->run, given->folder, given->settings); },
  };
}

}  // namespace seqrl::tools

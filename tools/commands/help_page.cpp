#include "tools/commands/help_page.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "configs/base/wrap.h"

namespace seqrl {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;  // a name and what it means

constexpr std::size_t kUsual = 100, kNarrowest = 40;

// Commands to copy, by the name of what they are examples of.
const std::vector<std::string>& examples_of(const std::string& command) {
  static const std::map<std::string, std::vector<std::string>> kExamples = {
      {"seqrl",
       {"seqrl list", "seqrl help train", "seqrl help config training",
        "seqrl train configs/hopper-medium.yaml dataset.path=hopper_medium-v2.hdf5"}},
      {"train",
       {"seqrl train configs/hopper-medium.yaml dataset.path=hopper_medium-v2.hdf5",
        "seqrl train configs/hopper-medium.yaml backbone=mamba training.lr=3e-4 --dry-run",
        "seqrl train configs/tasks/selective_copy_short.yaml",
        "seqrl train --resume runs/hopper-min_gru-1 training.steps=200000"}},
      {"sweep",
       {"seqrl sweep configs/sweeps/reference.yaml jobs=2",
        "seqrl sweep configs/sweeps/reference.yaml seeds=[1,2,3] --print"}},
      {"eval",
       {"seqrl eval runs/hopper-min_gru-1 episodes=20 mode=stream",
        "seqrl eval runs/hopper-min_gru-1/checkpoints/best.safetensors targets=[3600,1800] "
        "--json"}},
      {"info",
       {"seqrl info hopper-medium.hdf5", "seqrl info runs/hopper-min_gru-1",
        "seqrl info configs/hopper-medium.yaml backbone.dim=256"}},
      {"list", {"seqrl list", "seqrl list backbones", "seqrl list --json"}},
      {"sample", {"seqrl sample runs/shakespeare-min_gru-1 prompt=ROMEO: characters=200"}},
      {"table", {"seqrl table runs", "seqrl table 'runs/hopper-*' metrics=[score] --csv"}},
      {"plot",
       {"seqrl plot runs/hopper-min_gru-1 figures=[targets] episodes=20",
        "seqrl plot 'runs/hopper-*' output=plots"}},
      {"figure", {"seqrl figure training_cost lengths=[64,256,1024] seconds=0.2"}},
      {"render", {"seqrl render runs/hopper-min_gru-1 episode=best target=3600"}},
      {"report", {"seqrl report runs/hopper-min_gru-1 figures=[loss,score]"}},
      {"export", {"seqrl export runs/hopper-min_gru-1 hopper-min_gru name=hopper-min_gru"}},
      {"check",
       {"seqrl check recording.json", "seqrl check hopper-medium.hdf5",
        "seqrl check backbone=gru backbone.dim=32"}},
      {"collect",
       {"seqrl collect env=hopper policy=medium transitions=100000 output=hopper-medium.hdf5",
        "seqrl collect config=runs/hopper-sac-1 replay=runs/hopper-sac-1 output=replay.hdf5"}},
      {"bench",
       {"seqrl bench train backbone=mamba", "seqrl bench eval checkpoint=runs/hopper-min_gru-1"}},
      {"help",
       {"seqrl help eval", "seqrl help config", "seqrl help config training.lr",
        "seqrl help config backbone=mamba"}},
  };
  static const std::vector<std::string> kNone;
  const auto found = kExamples.find(command);
  return found == kExamples.end() ? kNone : found->second;
}

void add_rows(const std::string& title, const Rows& rows, std::size_t width, std::string& page) {
  if (rows.empty()) return;
  std::size_t widest = 0;
  for (const auto& [name, meaning] : rows) widest = std::max(widest, name.size());
  // Names that are too long for a column of their own have a line.
  const std::size_t column = std::min(widest, width / 3) + 4;
  page += fmt::format("\n{}\n", title);
  for (const auto& [name, meaning] : rows) {
    std::string begin = fmt::format("  {:<{}}", name, column - 2);
    if (begin.size() > column) {
      page += fmt::format("  {}\n", name);
      begin = std::string(column, ' ');
    }
    for (const std::string& line : wrap(meaning, width - column)) {
      page += (begin + line).substr(0, (begin + line).find_last_not_of(' ') + 1) + "\n";
      begin = std::string(column, ' ');
    }
  }
}

std::string usage(const CLI::App& app, const std::string& name) {
  std::string text = name;
  if (!app.get_subcommands(nullptr).empty()) return text + " COMMAND …";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string shown = option->get_name(true) + (option->get_expected_max() > 1 ? " …" : "");
    text += option->get_required() ? fmt::format(" {}", shown) : fmt::format(" [{}]", shown);
  }
  return text + " [OPTIONS]";
}

}  // namespace

std::size_t output_width() {
  const char* columns = std::getenv("COLUMNS");
  const long given = columns == nullptr ? 0 : std::strtol(columns, nullptr, 10);
  if (given > 0) return std::max<std::size_t>(kNarrowest, static_cast<std::size_t>(given));
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
      size.ws_col > 0) {
    return std::max<std::size_t>(kNarrowest, size.ws_col);
  }
  return kUsual;
}

std::string help_page(const CLI::App& app, const std::string& name, std::size_t width) {
  std::string page;
  for (const std::string& line : wrap(app.get_description(), width)) page += line + "\n";
  page += "\n";
  for (const std::string& line : wrap(usage(app, name), width - 2)) page += "  " + line + "\n";
  Rows commands, arguments, options;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    commands.emplace_back(command->get_name(), command->get_description());
  }
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      arguments.emplace_back(option->get_name(true), option->get_description());
    } else {
      const bool takes_value = option->get_type_size() > 0;
      options.emplace_back(
          option->get_name(false, true) + (takes_value ? " " + option->get_type_name() : ""),
          option->get_description());
    }
  }
  add_rows("Commands", commands, width, page);
  add_rows("Arguments", arguments, width, page);
  add_rows("Options", options, width, page);
  const std::vector<std::string>& examples = examples_of(app.get_name());
  if (!examples.empty()) page += "\nExamples\n";
  for (const std::string& example : examples) page += "  " + example + "\n";
  return page;
}

}  // namespace seqrl

#include "tools/paper/results.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <sstream>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/text.h"
#include "tools/paper/experiments.h"
#include "tools/reports/csv.h"
#include "tools/shipped_configs.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFixed = 6;  // columns before the metrics
constexpr const char* kHead = "experiment,combination,seed,differs,steps,step";
constexpr std::string_view kEval = "eval/";
const std::string kAnswers =
    "eval/answers";  // the number of answers of a task's evaluation; not in metrics.jsonl
constexpr std::size_t kMaxBytes = 1 << 24;

// A run's main measure, by its name in the metrics.
std::string judged_by(const RunFolder& run) {
  return std::string(kEval) + main_measure(run.last);
}

// The metrics of evaluations, the main measure first.
std::vector<std::string> metrics_of(const std::vector<RunFolder>& runs) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const RunFolder& run : runs) add(judged_by(run));
  for (const RunFolder& run : runs) {
    for (const MetricLine& line : run.metrics) {
      for (const auto& [name, value] : line.values) {
        if (name.starts_with(kEval)) add(name);
      }
    }
    if (run.answers()) add(kAnswers);
  }
  return names;
}

double parsed_number(const std::string& text, const std::string& where) {
  try {
    std::size_t end = 0;
    const double value = std::stod(text, &end);
    if (end == text.size()) return value;
  } catch (const std::exception&) {  // reported below
  }
  reject("{}: {} is not a number", where, shown(text));
}

// The settings that `differs` lists, "backbone.dim=64; training.lr=0.001".
void apply(const std::string& differs, Settings& settings) {
  std::string rest = differs;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find("; "), rest.size());
    const std::string one = rest.substr(0, end);
    rest.erase(0, end + 2);
    const std::size_t equal = std::min(one.find('='), one.size());
    settings[one.substr(0, equal)] = equal < one.size() ? one.substr(equal + 1) : "";
  }
}

const Combination& find_combination(const std::string& experiment, const std::string& name,
                                    const std::string& where) {
  const Experiment* found = find_experiment(experiment);
  std::vector<std::string> names;
  for (const Experiment& one : experiments()) names.push_back(one.name);
  SEQRL_REQUIRE(found != nullptr, "{}: no experiment {}{}", where, shown(experiment),
                suggestion(experiment, names));
  names.clear();
  for (const Combination& one : found->combinations) {
    if (one.name == name) return one;
    names.push_back(one.name);
  }
  reject("{}: {} has no combination {}{}", where, experiment, shown(name), suggestion(name, names));
}

RunFolder begin_run(const std::vector<std::string>& cells, const std::string& where) {
  RunFolder run = find_combination(cells[0], cells[1], where).wanted;
  apply(cells[3], run.settings);
  run.settings["seed"] = cells[2];
  run.settings["training.steps"] = cells[4];
  run.path = fs::path(cells[0]) / fmt::format("{} seed={}", cells[1], cells[2]);
  return run;
}

// Losses should fall, all other main measures should rise.
void settle_evaluations(const std::string& judged, RunFolder& run) {
  const bool falls = judged.ends_with("loss");
  const MetricLine* best = nullptr;
  for (const MetricLine& line : run.metrics) {
    const auto value = line.values.find(judged);
    if (value == line.values.end()) continue;
    const double other = best == nullptr ? 0 : best->values.at(judged);
    if (best == nullptr || (falls ? value->second < other : value->second > other)) best = &line;
  }
  const auto measures = [&](const MetricLine& line) {
    std::vector<Measure> all;
    for (const auto& [name, value] : line.values) {
      Measure measure{name.substr(kEval.size()), value};
      all.insert(name == judged ? all.begin() : all.end(), std::move(measure));
    }
    return all;
  };
  if (best == nullptr) return;
  run.best = measures(*best);
  run.best_step = best->step;
  run.last = measures(run.metrics.back());
  run.last_step = run.metrics.back().step;
}

// The CSV file that an argument names, or those in a folder that holds nothing else.
std::vector<fs::path> csv_files(const fs::path& argument) {
  if (argument.extension() == ".csv") return {argument};
  std::error_code none;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(argument, none)) {
    if (entry.path().extension() != ".csv") return {};
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::string results_csv(std::vector<RunFolder> runs) {
  std::erase_if(runs, [](const RunFolder& run) { return run.last.empty(); });
  SEQRL_REQUIRE(!runs.empty(),
                "none of these runs has been evaluated yet: there is nothing to write");
  const std::vector<std::string> metrics = metrics_of(runs);
  std::string text = kHead;
  for (const std::string& name : metrics) {
    text += fmt::format(",{}", csv_cell(name.substr(kEval.size())));
  }
  text += '\n';
  for (const RunFolder& run : runs) {
    const auto member = membership_of(run);
    SEQRL_REQUIRE(member, "{}: does not belong to an experiment of configs/paper",
                  run.path.string());
    for (const MetricLine& line : run.metrics) {
      if (!line.values.contains(judged_by(run))) continue;
      text += fmt::format("{},{},{},{},{},{}", member->experiment->name,
                          csv_cell(member->combination->name), run.seed(),
                          csv_cell(member->differs), run.setting("training.steps"), line.step);
      std::map<std::string, double> values = line.values;
      if (const auto answers = run.answers()) values[kAnswers] = static_cast<double>(*answers);
      for (const std::string& name : metrics) {
        const auto found = values.find(name);
        text += ',';
        if (found != values.end()) text += fmt::format("{:.6g}", found->second);
      }
      text += '\n';
    }
  }
  return text;
}

std::vector<RunFolder> read_results(std::string_view text, const std::string& source) {
  std::istringstream lines{std::string(text)};
  std::string line;
  std::getline(lines, line);
  SEQRL_REQUIRE(line.starts_with(kHead),
                "{}: not results of the paper's experiments; their CSV begins with {}", source,
                kHead);
  const std::vector<std::string> head = csv_cells(line);
  std::vector<RunFolder> runs;
  std::map<std::vector<std::string>, std::size_t> known;  // by everything that identifies a run
  for (std::int64_t number = 2; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    const std::string where = fmt::format("{}:{}", source, number);
    std::vector<std::string> cells = csv_cells(line);
    SEQRL_REQUIRE(cells.size() == head.size(), "{}: {} cells, but the header has {}", where,
                  cells.size(), head.size());
    const auto [place, is_new] =
        known.emplace(std::vector<std::string>(cells.begin(), cells.begin() + 5), runs.size());
    if (is_new) runs.push_back(begin_run(cells, where));
    MetricLine& measured = runs[place->second].metrics.emplace_back();
    measured.step = static_cast<std::int64_t>(parsed_number(cells[5], where));
    for (std::size_t i = kFixed; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      measured.values[std::string(kEval) + head[i]] = parsed_number(cells[i], where);
    }
  }
  for (RunFolder& run : runs) {
    for (std::size_t i = kFixed; i < head.size() && run.last.empty(); ++i) {
      settle_evaluations(std::string(kEval) + head[i], run);
    }
  }
  return runs;
}

std::vector<RunFolder> shipped_results() {
  std::vector<RunFolder> all;
  for (const Asset& file : shipped_paper_results()) {
    std::ranges::move(read_results(file.text, "configs/paper/results/" + std::string(file.name)),
                      std::back_inserter(all));
  }
  return all;
}

std::vector<RunFolder> read_runs_or_results(const std::vector<std::string>& arguments) {
  std::vector<std::string> folders;
  std::vector<RunFolder> all;
  for (const std::string& argument : arguments) {
    const std::vector<fs::path> files = csv_files(argument);
    if (files.empty()) folders.push_back(argument);
    for (const fs::path& file : files) {
      std::ranges::move(read_results(read_file(file, kMaxBytes), file.string()),
                        std::back_inserter(all));
    }
  }
  if (folders.empty()) return all;
  for (const fs::path& folder : find_runs(folders)) all.push_back(read_run(folder));
  return all;
}

}  // namespace seqrl::tools

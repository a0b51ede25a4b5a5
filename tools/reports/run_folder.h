// A run's folder, read from its files alone: settings, metrics, scores and facts of its data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agents/runs/run_settings.h"
#include "tools/reports/published.h"

namespace seqrl::tools {

// One number of an evaluation: "window/3600/score", "accuracy". NaN where there was none to have.
struct Measure {
  std::string name;
  double value;
  std::optional<double> std = std::nullopt;  // of the episodes, where it is a mean over them
  std::int64_t episodes = 0;                 // those

  // Its last word: "score".
  std::string what() const { return name.substr(name.rfind('/') + 1); }
};

// All numbers of one evaluation in eval.json ("last" or "best"), in its order: of each entry of
// "targets" the means, as MODE/TARGET/NAME; of anything else the numbers, nested keys with slashes.
std::vector<Measure> measures_of(const nlohmann::ordered_json& evaluation);

// The measure that stands for a run: of its first target the score, or the return where D4RL has no
// score; where there are no targets, what comes first. "" for none.
std::string main_measure(const std::vector<Measure>& measures);

double value_of(const std::vector<Measure>& measures, const std::string& name);  // NaN if not there

struct MetricLine {
  std::int64_t step = 0;
  std::map<std::string, double> values;
};

struct RunFolder {
  std::filesystem::path path;
  Settings settings;                // config.yaml
  std::vector<MetricLine> metrics;  // metrics.jsonl
  std::int64_t last_step = 0, best_step = 0;
  std::int64_t remeasured_step = 0;  // after which it was measured otherwise than before; 0: never
  std::vector<Measure> last, best;   // of eval.json; empty before the first evaluation
  std::optional<std::int64_t> parameters;
  std::int64_t evaluated = -1;      // the step of the last evaluation that the checkpoint knows of
  std::string dataset;              // what the checkpoint says of it, with its size
  std::string dataset_fingerprint;  // "" before the first checkpoint
  DataFacts data_facts;             // the same in parts
  std::string mujoco_version;       // that it was trained with
  std::string physics;              // of the version that it was evaluated with (physics_of)
  std::optional<double> steps_per_second;  // of training, without the evaluations
  std::optional<double> seconds;           // that it was trained and evaluated for, so far
  std::vector<std::string> machines;       // where, each once: "Intel Xeon, 2 threads, AVX-512"

  std::string setting(const std::string& key) const;  // "" where there is none
  // The kind of a section; "" where there is none: of env for a task, of task for an agent.
  std::string kind(const std::string& section) const;
  // What it learned: the task's name, or that of its text; the dataset's, else the environment's.
  std::string task() const;
  // The answers that its task was evaluated on; nothing where they are not known, as in older runs.
  std::optional<std::int64_t> answers() const;
  // What its environment is called: a described one by its name or model; "" for a task.
  std::string environment() const;
  std::string learner() const;      // the backbone's or agent's name
  bool learns_from_acting() const;  // a step is one of the environment
  std::string seed() const { return setting("seed"); }
};

// Reads a run's folder; an Error of kind user names a file of it that makes no sense.
RunFolder read_run(const std::filesystem::path& folder);

// The folders of runs that arguments name: themselves, those below a folder, those a pattern
// matches; each once. An Error of kind user when one names none.
std::vector<std::filesystem::path> find_runs(const std::vector<std::string>& arguments);

}  // namespace seqrl::tools

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

// One number of an evaluation: "window/3600/score", "accuracy". NaN if there was none.
struct Measure {
  std::string name;
  double value;
  std::optional<double> std = std::nullopt;  // over episodes, if `value` is a mean over them
  std::int64_t episodes = 0;                 // their number

  // Its last word: "score".
  std::string what() const { return name.substr(name.rfind('/') + 1); }
};

// All numbers of one evaluation in eval.json ("last" or "best"), in its order: for each entry of
// "targets" the means, as MODE/TARGET/NAME; otherwise the numbers, with slashes between nested
// keys.
std::vector<Measure> measures_of(const nlohmann::ordered_json& evaluation);

// The main measure of a run: the score of its first target, or the return if D4RL has no score;
// without targets, the first measure. "" for none.
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
  std::int64_t remeasured_step = 0;  // after it, evaluations used other settings; 0: never
  std::vector<Measure> last, best;   // of eval.json; empty before the first evaluation
  std::optional<std::int64_t> parameters;
  std::int64_t evaluated = -1;      // the step of the last evaluation recorded in the checkpoint
  std::string dataset;              // the checkpoint's description of it, with its size
  std::string dataset_fingerprint;  // "" before the first checkpoint
  DataFacts data_facts;             // the same in parts
  std::string mujoco_version;       // used for training
  std::string physics;              // of the version used for evaluation (physics_of)
  std::optional<double> steps_per_second;  // of training, without the evaluations
  std::optional<double> seconds;           // of training and evaluation so far
  std::vector<std::string> machines;       // each once: "Intel Xeon, 2 threads, AVX-512"

  std::string setting(const std::string& key) const;  // "" if not set
  // The kind of a section; "" if there is none, as for env in a task or task in an agent's run.
  std::string kind(const std::string& section) const;
  // The name of its task: the task's or its text's; for an agent the dataset's, else the
  // environment's.
  std::string task() const;
  // The number of answers in its task's evaluation; nothing if unknown, as in older runs.
  std::optional<std::int64_t> answers() const;
  // The name of its environment, or the model of a described one; "" for a task.
  std::string environment() const;
  std::string learner() const;      // the backbone's or agent's name
  bool learns_from_acting() const;  // a step is a step of the environment
  std::string seed() const { return setting("seed"); }
};

// Reads a run's folder. An Error of kind user names a file that cannot be interpreted.
RunFolder read_run(const std::filesystem::path& folder);

// The run folders that arguments name: the argument itself, those below a folder, those that match
// a pattern; each once. An Error of kind user if an argument names none.
std::vector<std::filesystem::path> find_runs(const std::vector<std::string>& arguments);

}  // namespace seqrl::tools

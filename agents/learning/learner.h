// A learner improves an agent, or a task's network, step by step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "configs/base/progress_monitor.h"
#include "models/training/checkpoint.h"
#include "models/training/metric.h"
#include "models/training/step_result.h"

namespace seqrl {

struct RunConfig;

// The result of an evaluation.
struct EvaluationReport {
  nlohmann::ordered_json json;  // what eval.json and checkpoints keep: the same on every machine
  double steps_per_second = 0;  // of the environment, not in json; 0 where there is none
  std::vector<Metric> metrics;  // for the log of metrics
  double ranking = 0;           // the best checkpoint is the one that ranks highest
  std::string text;             // a few lines for people
};

// A training run advances a learner, has it evaluated, and keeps what save() writes.
//
// A step depends on the config, the step's number and what save() keeps, on nothing else: not on
// threads, nor on how often the run was interrupted.
class Learner {
 public:
  virtual ~Learner() = default;

  // Step number `step` (0, 1, …). Where the loss or the norm is not finite the parameters stay as
  // they were. A device may still be at it when this returns: then the result is an earlier one's.
  virtual StepResult step(std::int64_t step) = 0;

  // Waits for the steps so far. The result of the latest, or of the first that was not finite.
  virtual StepResult wait() = 0;

  // Averages since the last call, by name; what the log of metrics gets.
  virtual std::vector<Metric> take_metrics() = 0;

  // Measures the parameters as they are now. Nothing when the monitor stopped it.
  virtual std::optional<EvaluationReport> evaluate(const ProgressMonitor& monitor) = 0;

  // Remarks on what it learns from, a sentence each, for people.
  virtual std::vector<std::string> notes() const { return {}; }

  // Called once, before the first step(), save() or load(). `folder` is the run's, and exists.
  virtual void begin(const std::filesystem::path& folder) = 0;

  // What it learns from, for people: "hopper.hdf5: 20 episodes, 9000 transitions".
  virtual std::string source() const = 0;
  // The same for programs: JSON, or "" where it learns from no dataset.
  virtual std::string data_facts() const { return ""; }
  // A hash of what it learns from, 0 where that is no data. Ranks learn from the same.
  virtual std::uint64_t data_fingerprint() const { return 0; }
  // Fills in what follows from the data: target returns.
  virtual void resolve(RunConfig&) const {}
  // The number of parameters of the agent or network, without those that only training needs.
  virtual std::int64_t parameters() const = 0;
  // The first parameter that is not finite, if any.
  virtual std::optional<double> broken_parameter() const = 0;

  // All that step() needs, and what load_agent() needs to use the result; of ranks that learn
  // together all call it, and rank 0's writer gets it. What save() keeps outside
  // the checkpoint is on the disk when it returns.
  virtual void save(CheckpointWriter& checkpoint) = 0;
  // Only what is needed to use the result.
  virtual void save_weights(CheckpointWriter& checkpoint) const = 0;
  // Goes on from a checkpoint of the same config, `step` being where it stands; an Error of kind
  // user when that is not possible.
  virtual void load(const CheckpointReader& checkpoint) = 0;
};

// The first parameter of a block that is not finite, if any.
std::optional<double> not_finite(const ParameterBlock& block);

}  // namespace seqrl

// The interface of what a training run advances.
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

// What an evaluation brought.
struct EvaluationReport {
  nlohmann::ordered_json json;  // what eval.json and checkpoints keep: the same on every machine
  double steps_per_second = 0;  // which is not; 0 where there is no environment
  std::vector<Metric> metrics;
  double ranking = 0;  // the best checkpoint is the one that ranks highest
  std::string text;    // a few lines for people
};

// Something that gets better step by step, knows how good it is, and what must be kept of it.
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

  // How good it is now. Nothing when the monitor ended it.
  virtual std::optional<EvaluationReport> evaluate(const ProgressMonitor& monitor) = 0;

  // What it assumes of what it learns from, a sentence each, for people.
  virtual std::vector<std::string> notes() const { return {}; }

  // Told once, before anything else: the run's folder, which exists.
  virtual void begin(const std::filesystem::path& folder) = 0;

  // What it learns from, for people: "hopper.hdf5: 20 episodes, 9000 transitions".
  virtual std::string source() const = 0;
  // The same for programs: JSON, or "" where it learns from no dataset.
  virtual std::string data_facts() const { return ""; }
  // Fills in what follows from that: target returns.
  virtual void resolve(RunConfig&) const {}
  // Parameters of what it will be used for.
  virtual std::int64_t parameters() const = 0;
  // The first parameter that is not finite, if any.
  virtual std::optional<double> broken_parameter() const = 0;

  // All that step() needs, and what load_agent() needs to use the result. What save() keeps outside
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

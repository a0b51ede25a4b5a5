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
  nlohmann::ordered_json json;  // for eval.json and checkpoints: the same on every machine
  double steps_per_second = 0;  // of the environment, not in json; 0 if there is none
  std::vector<Metric> metrics;  // for the log of metrics
  double ranking = 0;           // the checkpoint with the highest value is the best
  std::string text;             // a few lines of readable text
};

// A training run advances a learner, has it evaluated, and keeps what save() writes.
//
// A step depends only on the config, the step's number and what save() keeps, not on threads or on
// interruptions of the run.
class Learner {
 public:
  virtual ~Learner() = default;

  // Step number `step` (0, 1, …). If the loss or the norm is not finite, the parameters stay
  // unchanged. A device may still be executing the step when this returns. The result is then that
  // of an earlier step.
  virtual StepResult step(std::int64_t step) = 0;

  // Waits for the steps so far. Returns the result of the latest, or of the first that was not
  // finite.
  virtual StepResult wait() = 0;

  // Averages since the last call, by name, for the log of metrics.
  virtual std::vector<Metric> take_metrics() = 0;

  // Evaluates the current parameters. Nothing when the monitor stopped it.
  virtual std::optional<EvaluationReport> evaluate(const ProgressMonitor& monitor) = 0;

  // Remarks on the training data, one sentence each, as readable text.
  virtual std::vector<std::string> notes() const { return {}; }

  // Called once, before the first step(), save() or load(). `folder` is the run's, and exists.
  virtual void begin(const std::filesystem::path& folder) = 0;

  // The training data, as readable text: "hopper.hdf5: 20 episodes, 9000 transitions".
  virtual std::string source() const = 0;
  // The same for programs: JSON, or "" if it learns from no dataset.
  virtual std::string data_facts() const { return ""; }
  // A hash of the training data, 0 if there is none. It is the same on all ranks.
  virtual std::uint64_t data_fingerprint() const { return 0; }
  // Fills in values that follow from the data: target returns.
  virtual void resolve(RunConfig&) const {}
  // The number of parameters of the agent or network, without those needed only for training.
  virtual std::int64_t parameters() const = 0;
  // The first parameter that is not finite, if any.
  virtual std::optional<double> broken_parameter() const = 0;

  // Writes all that step() needs, and what load_agent() needs to use the result. If ranks learn
  // together, all call it, and rank 0's writer receives it. Data that save() keeps outside the
  // checkpoint is on disk when it returns.
  virtual void save(CheckpointWriter& checkpoint) = 0;
  // Writes only what is needed to use the result.
  virtual void save_weights(CheckpointWriter& checkpoint) const = 0;
  // Resumes from a checkpoint of the same config, written at step `step`; an Error of kind user if
  // that is not possible.
  virtual void load(const CheckpointReader& checkpoint) = 0;
};

// The first parameter of a block that is not finite, if any.
std::optional<double> not_finite(const ParameterBlock& block);

}  // namespace seqrl

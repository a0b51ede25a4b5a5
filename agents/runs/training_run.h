// A training run advances a learner and stores the results in a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agents/config/run_files.h"
#include "agents/datasets/trajectories.h"
#include "agents/learning/learner.h"
#include "agents/policies/checkpoint.h"
#include "agents/runs/run_hooks.h"
#include "agents/runs/run_lock.h"
#include "configs/base/thread_pool.h"
#include "models/training/metrics.h"

namespace seqrl {

// The callbacks of a run. Each may be empty.
struct RunEvents {
  // Returns true to save the run and return from it. Called before every step, and from several
  // threads during an evaluation.
  std::function<bool()> stop = {};
  // Called after every step, with the latest known loss: a GPU's is read with every line of
  // metrics.
  std::function<void(std::int64_t step, double loss)> on_step = {};
  // Called with every message, as in log.txt.
  std::function<void(const std::string& line)> on_message = {};
  // Called with an evaluation's progress, from several threads; the fraction is 1 when it has
  // ended.
  std::function<void(const WorkProgress& progress)> on_evaluation = {};
  // Called after an evaluation is saved, with its entry in eval.json.
  std::function<void(std::int64_t step, const std::string& json)> on_evaluated = {};
};

// A run lives in a folder: config.yaml (resolved), metrics.jsonl, TensorBoard events, timing.jsonl,
// checkpoints/{last,previous,best}.safetensors, eval.json, log.txt, lock; with evaluation.keep also
// policies/STEP.safetensors, the weights of every evaluation. "Best" compares only equal evaluation
// settings: if a resumed run changes the first target or mode, the episodes, their seed or
// evaluation.actions, a new ranking begins, and the best checkpoint of the earlier one is kept as
// best-STEP.safetensors.
//
// A run that is stopped or killed at any moment and resumed ends with the same bytes in its files
// as an uninterrupted one, on one kind of device. Its config names that device, and it continues
// elsewhere only when told to. This holds for all files except log.txt, timing.jsonl and, in
// eval.json, the two rates, steps_per_second and training_steps_per_second.
//
// The ranks of a job (models/training/communicator.h) train the run together, with the same calls
// on each: the bytes are those of one process. Only rank 0 writes to the folder and calls its
// events; the other ranks call only `stop`.
class TrainingRun {
 public:
  // A new run in config.output, which must not hold one; without config.output, in a folder named
  // after the config. The run exists once this returns: an Error, or a kill, leaves none. Ranks
  // other than 0 need not see the folder.
  static TrainingRun begin(RunConfig config, Communicator& ranks = single_process());

  // The same, learning from `data` instead of config.dataset, for programs with their own data.
  // Such a run cannot be resumed: its training data is in no file.
  static TrainingRun begin(RunConfig config, Trajectories data);

  // Resumes from a run's last checkpoint. Overrides may change how long and where it runs and how
  // it is evaluated, but not what is learned. All ranks read the folder.
  static TrainingRun resume(const std::filesystem::path& folder,
                            const std::vector<std::string>& overrides = {},
                            Communicator& ranks = single_process());

  // Trains to the end and returns true, or until asked to stop and returns false, with a checkpoint
  // saved. A loss that is not finite is an Error, and the last good checkpoint stays.
  bool run(const RunEvents& events = {});

  const RunConfig& config() const { return config_; }
  const std::filesystem::path& folder() const { return files_.folder(); }
  std::int64_t step() const { return progress_.step; }
  // Whether it is completely trained and evaluated, so that run() has nothing to do.
  bool is_finished() const;
  std::int64_t parameters() const { return learner_->parameters(); }
  // Time spent on this process's steps, without evaluations or saving.
  double training_seconds() const { return training_seconds_; }
  // The last evaluation: "last" and "best" hold the two current ones. If the run had other
  // evaluation settings before, "earlier_best" holds the best under those, also "protocol",
  // "checkpoint", and "until", the step at which they changed.
  std::string eval_json() const;

 private:
  using MakeLearner = std::function<std::unique_ptr<Learner>(const RunConfig&, ThreadPool&)>;
  static TrainingRun begin(RunConfig config, const MakeLearner& make,
                           std::vector<std::string> notes = {});

  TrainingRun(std::filesystem::path folder, RunConfig config);
  bool train(const RunEvents& events);
  Communicator& ranks() const { return *config_.ranks; }
  bool writes() const { return ranks().is_first(); }
  bool stops(const RunEvents& events) const;
  void say(const RunEvents& events, const std::string& line);
  void tell(const std::string& event);
  void allow_hooks(HooksConfig named);
  void begin_ranking(const RunConfig& saved);
  void keep_earlier_best();
  bool evaluate_now(const RunEvents& events);
  void require_finite(const StepResult& result);
  void require_lock() const;
  void save(const std::string& name);
  void save_last();
  void keep_weights();

  RunFiles files_;
  RunConfig config_;
  RunProgress progress_;
  std::vector<std::string> notes_;  // reported when it runs
  std::int64_t timed_steps_ = 0;    // steps of this process
  double training_seconds_ = 0;     // time that they took
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<Learner> learner_;
  std::unique_ptr<MetricsLog> metrics_;
  std::unique_ptr<RunLock> lock_;
  HooksConfig allowed_hooks_;        // of those in the config
  std::unique_ptr<RunHooks> hooks_;  // while it runs
};

}  // namespace seqrl

// A training run: its folder, its loop, its end.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/checkpoint.h"
#include "agents/datasets/trajectories.h"
#include "agents/datasets/windows.h"
#include "agents/evaluator.h"
#include "models/training/metrics.h"
#include "models/training/trainer.h"

namespace seqrl {

// Windows of a dataset as an agent's objective.
class WindowObjective : public Objective {
 public:
  WindowObjective(const Agent& agent, const Trajectories& data, const RunConfig& config);
  void begin_step(std::int64_t step) override;
  Tensor loss(Tape& tape, const Shard& shard) override;

 private:
  const Agent& agent_;
  WindowSampler sampler_;
  Batch batch_;
  std::int64_t step_ = 0;
  double timesteps_ = 0;
};

// Keeps two processes from training one run: holds while it lives, an Error when held elsewhere.
class RunLock {
 public:
  explicit RunLock(const std::filesystem::path& folder);
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  ~RunLock();

 private:
  int file_;
};

// What the program hears from a run, and tells it.
struct RunEvents {
  // True: save and return. Asked every step, and from several threads during an evaluation.
  std::function<bool()> stop;
  std::function<void(std::int64_t step, double loss)> stepped;
  std::function<void(const std::string& line)> said;  // what also goes to log.txt
};

// A run lives in a folder: config.yaml (resolved), metrics.jsonl, TensorBoard events,
// checkpoints/{last,previous,best}.safetensors, eval.json, log.txt.
//
// A run that was stopped and resumed, at any step, ends with the same bytes in its weights, its
// optimizer's state and its metrics as one that never was.
class TrainingRun {
 public:
  // A new run in config.output, which must not hold one.
  static TrainingRun begin(RunConfig config);

  // Goes on from a run's last checkpoint. Overrides may change how long and where it runs and how
  // it is evaluated, not what is learned.
  static TrainingRun resume(const std::filesystem::path& folder,
                            const std::vector<std::string>& overrides = {});

  // Trains to the end: true; or until asked to stop: false, with a checkpoint saved. A loss that is
  // not finite is an Error, and the last good checkpoint stays.
  bool run(const RunEvents& events);

  const RunConfig& config() const { return trained_.config; }
  const std::filesystem::path& folder() const { return folder_; }
  std::int64_t step() const { return trained_.progress.step; }
  std::int64_t parameters() const { return trained_.parameters->count(); }
  // The last evaluation, and under "last" and "best" the two that count.
  std::string eval_json() const;

 private:
  TrainingRun(std::filesystem::path folder, TrainedAgent trained, Trajectories data);
  void say(const RunEvents& events, const std::string& line);
  bool evaluate_now(const RunEvents& events);
  void save(const std::string& name);
  void save_last();

  std::filesystem::path folder_;
  TrainedAgent trained_;
  std::unique_ptr<Trajectories> data_;
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<WindowObjective> objective_;
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<MetricsLog> metrics_;
  std::unique_ptr<RunLock> lock_;
};

}  // namespace seqrl

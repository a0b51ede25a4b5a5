// The objective of an offline agent: its loss on windows of a dataset.
#pragma once

#include <memory>

#include "agents/datasets/dataset_on_device.h"
#include "agents/datasets/windows.h"
#include "agents/offline/offline_agent.h"
#include "models/training/objective.h"

namespace seqrl {

// A shard's rows of a batch, on a CPU tape.
Windows windows_on(Tape& tape, const Batch& batch, const Shard& shard);

struct WindowObjectiveOptions {
  std::int64_t context = 20, batch = 64;
  std::uint64_t seed = 1;
  Device device = Device::cpu;  // where the agent's parameters are
};

// On the CPU each shard cuts its own windows out of the dataset. On CUDA the device holds the
// dataset and draws the same windows itself.
class WindowObjective : public Objective {
 public:
  // Keeps references to the agent and the data.
  WindowObjective(const OfflineAgent& agent, const Trajectories& data,
                  const WindowObjectiveOptions& options);

  void begin_step(std::int64_t step) override;
  Tensor loss(Tape& tape, const Shard& shard) override;
  SampleSize sample_size() const override { return agent_.window_size(options_.context); }
  bool same_work_each_step() const override { return true; }

 private:
  const OfflineAgent& agent_;
  WindowObjectiveOptions options_;
  WindowSampler sampler_;
  std::unique_ptr<DatasetOnDevice> on_device_;  // on CUDA
  std::unique_ptr<Batch> batch_;                // on the CPU
  std::int64_t step_ = 0;
  double timesteps_ = 0;
};

}  // namespace seqrl

// An estimate of the memory and disk that a run takes, made before anything is allocated.
#pragma once

#include <cstdint>
#include <string>

#include "agents/config/run_config.h"
#include "models/training/objective.h"

namespace seqrl {

// In bytes, for learning on the CPU. Datasets are not included: their files have their own limits.
struct RunMemory {
  double parameters = 0;   // their number
  double weights = 0;      // bytes of the weights, their gradients and the optimizer's state
  double activations = 0;  // of a training step
  double evaluation = 0;   // of concurrent episodes, and of all results
  double replay = 0;       // on disk: stored transitions

  double total() const { return weights + activations + evaluation; }
};

// The sizes that the parts of a run's memory depend on.
struct RunSizes {
  // For a step on `batch` rows.
  RunSizes(const RunConfig& config, std::int64_t batch);

  // Rows that all threads together process at once: a shard is processed in parts.
  double rows_at_once(SampleSize sample) const;

  double shards, rows, threads, lanes, context;     // rows: of a shard; lanes: shards at once
  double observation = 0, action = 0, longest = 0;  // longest: steps of an episode
};

constexpr double kFloatBytes = sizeof(float);
// Floats per hidden unit in a step, with gradients.
constexpr double kHiddenFloats = 6;

// Parameters of a perceptron with `layers` hidden layers of width `dim`.
double perceptron_parameters(double in, double dim, double layers, double out);

// Bytes of parameters, their gradients by shard, two moments, and the weights packed for products.
double weight_bytes(double parameters, double shards);

// Adds a backbone that reads this many tokens of each row. False if its weights alone are too
// large: then nothing is measured, because measuring allocates them.
bool add_backbone(const RunConfig& config, const RunSizes& size, double tokens, RunMemory& memory);

// Adds the memory for the results of evaluations.
void add_results(const RunConfig& config, RunMemory& memory);

// "1.2 GB: weights 0.1, a step's activations 1.0, evaluation 0.1"
std::string to_text(const RunMemory& memory);

// The keys that reduce a run's memory: those of its network's size and those of a step's.
struct MemoryKeys {
  std::string network, step;
};

// Rejects a run that needs more than this machine has, of memory or, in or above the run's folder,
// of disk, naming the keys to lower.
void require_memory(const RunConfig& config, const RunMemory& memory, const MemoryKeys& keys);

}  // namespace seqrl

// The machine that trains a run, and notes about it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "configs/base/thread_pool.h"
#include "models/training/checkpoint.h"

namespace seqrl {

// The entry of timing.jsonl that describes the machine of a run.
nlohmann::ordered_json machine_of(const RunConfig& config, const ThreadPool& pool);

// A note if a run continues on another GPU, or with another version of its libraries.
std::optional<std::string> other_gpu_note(const RunConfig& config,
                                          const CheckpointReader& checkpoint);

// Notes on ranks that share a GPU, or have no part of a batch to train on one. All ranks call it.
std::vector<std::string> gpu_notes(const RunConfig& config);

}  // namespace seqrl

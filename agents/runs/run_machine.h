// The machine that a run is trained on, and what is to be said of it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "configs/base/thread_pool.h"
#include "models/training/checkpoint.h"

namespace seqrl {

// What timing.jsonl says of where a run is trained.
nlohmann::ordered_json machine_of(const RunConfig& config, const ThreadPool& pool);

// Of a run that goes on on another GPU, or with another version of its libraries.
std::optional<std::string> other_gpu_note(const RunConfig& config,
                                          const CheckpointReader& checkpoint);

// Of ranks that share a GPU, or have no part of a batch to train on one. All ranks call it.
std::vector<std::string> gpu_notes(const RunConfig& config);

}  // namespace seqrl

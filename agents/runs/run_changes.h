// The settings that a resumed run may change.
#pragma once

#include <filesystem>

#include "agents/config/run_config.h"

namespace seqrl {

// Rejects a config that would learn something else than the saved run, naming the key. Only
// settings for the length and place of a run, its evaluation, and the location of its files may
// change.
void require_same_learning(const std::filesystem::path& folder, const RunConfig& now,
                           const RunConfig& saved);

}  // namespace seqrl

// The settings that a resumed run may change.
#pragma once

#include <filesystem>

#include "agents/config/run_config.h"

namespace seqrl {

// Rejects a config that would learn something else than what was saved did, naming the key: only
// how long and where a run runs, how it is measured, and where its files lie may change.
void require_same_learning(const std::filesystem::path& folder, const RunConfig& now,
                           const RunConfig& saved);

}  // namespace seqrl

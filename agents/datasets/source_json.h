// A dataset's source as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// Without its parts, of what was read from several.
nlohmann::json to_json(const DatasetSource& source);

// The source of to_json(); an exception of nlohmann's for anything else.
DatasetSource source_of_json(const nlohmann::json& json);

}  // namespace seqrl

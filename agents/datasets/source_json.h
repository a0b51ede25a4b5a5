// A dataset's source as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// Without the parts of a merged dataset.
nlohmann::json to_json(const DatasetSource& source);

// The source from to_json(); an nlohmann exception for anything else.
DatasetSource source_of_json(const nlohmann::json& json);

}  // namespace seqrl

// The contents of a Minari dataset's metadata.json, before its episodes are read.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// metadata.json in a data folder, or an empty object if there is none (Minari before 0.4). An Error
// of kind user if it is not a JSON object.
nlohmann::json read_minari_metadata(const std::filesystem::path& data_folder);

// A text in it, "" if there is none of that name.
std::string minari_text(const nlohmann::json& metadata, const char* key);

// A dataset's source according to its metadata: its identifier, its environment, its references.
DatasetSource minari_source(const std::filesystem::path& data_folder,
                            const nlohmann::json& metadata);

// Everything known without reading its data. Errors as above.
DatasetHeader read_minari_header(const std::filesystem::path& data_folder);

}  // namespace seqrl

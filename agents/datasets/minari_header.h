// What a Minari dataset's metadata.json says, before its episodes are read.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// metadata.json in a data folder, or an empty object where there is none (Minari before 0.4). An
// Error of kind user where it is no JSON object.
nlohmann::json read_minari_metadata(const std::filesystem::path& data_folder);

// A text of it, "" where there is none of that name.
std::string minari_text(const nlohmann::json& metadata, const char* key);

// Where a dataset came from, by its metadata: its identifier, its environment, its references.
DatasetSource minari_source(const std::filesystem::path& data_folder,
                            const nlohmann::json& metadata);

// All that it says without its data. An Error as above.
DatasetHeader read_minari_header(const std::filesystem::path& data_folder);

}  // namespace seqrl

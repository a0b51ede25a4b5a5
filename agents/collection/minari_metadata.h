// The metadata that Minari wants of a dataset beside its episodes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "agents/collection/collection.h"

namespace seqrl {

// The identifier of a dataset in this folder, which Minari wants to be its path below a root. Below
// Minari's own root (datasets/minari.h) it is that path; elsewhere the root is the folder that
// other datasets or their identifiers say, or else the innermost that is there already. The folder
// need not exist.
std::string minari_id(const std::filesystem::path& folder);

// metadata.json of Minari 0.4 and 0.5, of a dataset whose data takes so many bytes.
std::string minari_metadata(const Collection& collection, const std::string& id,
                            std::uint64_t bytes);

}  // namespace seqrl

// The metadata that Minari requires for a dataset besides its episodes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "agents/collection/collection.h"

namespace seqrl {

// The identifier of a dataset in this folder: its path below a root, as Minari requires. Below
// Minari's own root (datasets/minari.h) it is that path; elsewhere the root is the folder implied
// by other datasets or their identifiers, or else the innermost existing one. The folder need not
// exist.
std::string minari_id(const std::filesystem::path& folder);

// metadata.json of Minari 0.4 and 0.5, for a dataset with this size of its data in bytes.
std::string minari_metadata(const Collection& collection, const std::string& id,
                            std::uint64_t bytes);

}  // namespace seqrl

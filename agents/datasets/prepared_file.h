// A prepared file holds a dataset as Trajectories hold it, to be mapped by the next start.
//
// | bytes                  | content                                                             |
// |------------------------|---------------------------------------------------------------------|
// | the first page         | the preamble: magic, version, byte order, sizes, checksums          |
// | arrays                 | observations, actions, rewards, returns-to-go and, where they were  |
// |                        | asked for, next observations: float32, each from a page's start on  |
// | the end, of the pages  | the header: JSON (origin, source, dims, places of the arrays,       |
// | that begin with it     | statistics), then lengths, returns and ends of the episodes         |
//
// It was written by its user, from checked data. So the header is verified by a checksum, and every
// place against the file's size; the arrays are not read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "agents/datasets/shared_memory.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// Adds to `memory`, which is backed by the disk file `file`, the rest of a prepared file: `data`,
// whose arrays are mostly there already, and its scan. `origin` describes the sources. The file is
// incomplete until this returns. NoSpace as SharedMemory; Errors of kind failure.
void write_prepared(const Trajectories& data, const nlohmann::json& origin, SharedMemory& memory,
                    int file);

// A prepared file, or the reason why it cannot be used.
struct PreparedFile {
  std::optional<Trajectories> data;  // views of the file, read-only
  std::string problem;               // also "" if there is no such file
};

// Maps a file that was made of `origin`. Only the preamble and the header are read.
PreparedFile map_prepared(const std::filesystem::path& path, const nlohmann::json& origin);

// The sources of a prepared file; null if there is a problem, or no file.
struct PreparedOrigin {
  nlohmann::json origin;
  std::string problem;
};
PreparedOrigin read_prepared_origin(const std::filesystem::path& path);

}  // namespace seqrl

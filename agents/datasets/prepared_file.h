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
// Its user wrote it, of data that was checked. So the header is checked by a checksum, and every
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

// Adds to `memory`, which is on a disk and `file` is its file, what makes a prepared file of it:
// `data`, whose arrays are mostly there already, and its scan. `origin` says what it was made of.
// The file is not whole before this returns. NoSpace as SharedMemory; Errors of kind failure.
void write_prepared(const Trajectories& data, const nlohmann::json& origin, SharedMemory& memory,
                    int file);

// A prepared file, or why it is none.
struct PreparedFile {
  std::optional<Trajectories> data;  // views of the file, read-only
  std::string problem;               // "" where there is no such file, too
};

// Maps a file that was made of `origin`. Only the preamble and the header are read.
PreparedFile map_prepared(const std::filesystem::path& path, const nlohmann::json& origin);

// What a prepared file was made of; null where there is a problem, or no file.
struct PreparedOrigin {
  nlohmann::json origin;
  std::string problem;
};
PreparedOrigin read_prepared_origin(const std::filesystem::path& path);

}  // namespace seqrl

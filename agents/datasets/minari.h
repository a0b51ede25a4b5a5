// Minari datasets: a folder with metadata.json and one HDF5 group per episode.
// Source: Younis et al., "Minari", https://minari.farama.org (layout of versions 0.4 and 0.5).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agents/datasets/shared_memory.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// The folder that holds main_data.hdf5 (or metadata.json and data in a format that load_minari()
// rejects), for a dataset's folder, its data folder, or an identifier like "D4RL/door/human-v2"
// below $MINARI_DATASETS_PATH or ~/.minari/datasets. Nothing if there is none.
std::optional<std::filesystem::path> find_minari(const std::string& path_or_id);

// The folder in which identifiers are looked up.
std::filesystem::path minari_root();

// Reads every episode, in the order of their numbers. Observations are of any space that env:
// {kind: gymnasium} flattens, in the same order (see flat_space.h); texts are omitted. Actions are
// a Box or Discrete. `data_folder` is the result of find_minari. Errors of kind `user` name the
// file and array.
Trajectories load_minari(const std::filesystem::path& data_folder, const LoadOptions& options = {});
// The same with arrays in this memory; NoSpace if its disk is full.
Trajectories load_minari(const std::filesystem::path& data_folder, const LoadOptions& options,
                         SharedMemory& memory);

// Whether its data is not HDF5, so that Python converts it whenever it is read.
bool is_minari_converted(const std::filesystem::path& data_folder);

}  // namespace seqrl

// The files that a MuJoCo model is made of.
#pragma once

#include <filesystem>
#include <string>

namespace seqrl {

// The text of an MJCF file; an Error of kind user when there is none that can be read.
std::string read_mjcf(const std::filesystem::path& file);

// 16 hexadecimal digits (FNV-1a) of the file and of those that it refers to: what it includes,
// meshes, textures, height fields.
std::string mjcf_fingerprint(const std::filesystem::path& file);

}  // namespace seqrl

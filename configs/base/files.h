// Files that are either whole or not there.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace seqrl {

// Writes `path` through a temporary file beside it: `write` fills the temporary file, which is then
// fsynced and renamed. On any error the old file stays as it was, the temporary one is removed, and
// an Error naming the path and the reason is thrown.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(const std::filesystem::path& temporary)>& write);
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

// The whole file; an Error naming it when it cannot be read or is larger than `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes = 1u << 30);


}  // namespace seqrl

// Checks that a path to read from is a regular file.
#pragma once

#include <filesystem>

namespace seqrl {

// Throws an Error of kind user unless `path` is a regular file or a link to one. A FIFO would block
// the reader, and a device may never end.
void require_regular_file(const std::filesystem::path& path);

}  // namespace seqrl

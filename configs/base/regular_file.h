// The check that a path to read from is a regular file.
#pragma once

#include <filesystem>

namespace seqrl {

// An Error of kind user unless there is a file, or a link to one: a FIFO blocks whoever opens it,
// and a device may never end.
void require_regular_file(const std::filesystem::path& path);

}  // namespace seqrl

// The runs of a sweep, for `seqrl info`.
#pragma once

#include <string>
#include <vector>

namespace seqrl::tools {

// Prints what the sweep would train, as text or JSON, and returns the exit status.
int sweep_info(const std::string& path, const std::vector<std::string>& overrides, bool json);

}  // namespace seqrl::tools

// The folder's name for a run without a given one.
#pragma once

#include <set>
#include <string>

namespace seqrl {

// The folder for a run with config `yaml`: the usual one, unless it holds a run with another
// config. Then the difference is added to the name, "-lr-0.001", or if that is long or also taken,
// eight digits that stand for the config. If a run with exactly this config exists, its folder is
// returned. In the folders `held` a run may be starting.
std::string distinct_folder(const std::string& usual, const std::string& yaml,
                            const std::set<std::string>& held = {});

}  // namespace seqrl

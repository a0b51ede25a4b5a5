// The folder's name for a run that was given none.
#pragma once

#include <set>
#include <string>

namespace seqrl {

// The folder for a run whose config is `yaml`: the usual one, unless there is a run of another
// config in it. Then what differs is added to the name, "-lr-0.001", or where that is long or taken
// as well, eight digits that stand for the config. Where there is a run of this very config, it is
// that run's folder. In the folders `held` a run is perhaps being started.
std::string distinct_folder(const std::string& usual, const std::string& yaml,
                            const std::set<std::string>& held = {});

}  // namespace seqrl

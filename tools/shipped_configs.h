// The configurations of the folder configs/, compiled into the program.
#pragma once

#include <span>

#include "envs/assets.h"

namespace seqrl::tools {

std::span<const Asset> shipped_configs();        // configs/*.yaml
std::span<const Asset> shipped_task_configs();   // configs/tasks/*.yaml
std::span<const Asset> shipped_sweep_configs();  // configs/sweeps/*.yaml
std::span<const Asset> shipped_paper_configs();  // configs/paper/*.yaml
std::span<const Asset> shipped_paper_results();  // configs/paper/results/*.csv

}  // namespace seqrl::tools

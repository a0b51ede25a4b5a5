// Positions counted by a device.
#pragma once

#include <cstdint>

#include "models/ops/common/position.h"

namespace seqrl {

// Adds `tokens` to a position in the memory of Device::cuda; the host does not wait.
void advance_position(std::int64_t* on_device, std::int64_t tokens);

}  // namespace seqrl

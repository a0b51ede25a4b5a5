// The parts of models/ops/cuda that find a device and its libraries.
#pragma once

#include <string>

#include "models/core/device.h"

namespace seqrl::cuda {

// Looks for a device; its runtime, or why there is none.
const char* find_device(DeviceRuntime*& runtime);

// Looks for the library of matrix products; null, or why there is none.
const char* find_products();

// Its version, as 13.0.2.
std::string products_version();

}  // namespace seqrl::cuda

// The parts of models/ops/cuda that find a device and its libraries.
#pragma once

#include <string>

#include "models/core/device.h"

namespace seqrl::cuda {

// Looks for a device. Sets its runtime, or returns why there is none.
const char* find_device(DeviceRuntime*& runtime);

// Looks for the library of matrix products. Returns null, or why there is none.
const char* find_products();

// The library's version, such as 13.0.2.
std::string products_version();

}  // namespace seqrl::cuda

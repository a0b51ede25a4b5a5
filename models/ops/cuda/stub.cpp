// Replaces models/ops/cuda in a build without CUDA.
#include "models/core/device.h"

namespace seqrl {

const char* install_cuda(DeviceRuntime*&) {
  return "this seqrl was built without CUDA";
}

}  // namespace seqrl

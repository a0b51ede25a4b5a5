#include "models/ops/cuda/install.h"

#include "models/ops/cuda/kernel_files.h"  // made by models/CMakeLists.txt: this folder's sources

// Every X.cu in this folder defines install_X(), which sets the kernels of its header.
namespace seqrl::cuda {
#define SEQRL_DECLARE(name) void install_##name();
SEQRL_KERNEL_FILES(SEQRL_DECLARE)
}  // namespace seqrl::cuda

namespace seqrl {

const char* install_cuda(DeviceRuntime*& runtime) {
  if (const char* problem = cuda::find_device(runtime)) return problem;
  if (const char* problem = cuda::find_products()) return problem;
#define SEQRL_INSTALL_FILE(name) cuda::install_##name();
  SEQRL_KERNEL_FILES(SEQRL_INSTALL_FILE)
  return nullptr;
}

}  // namespace seqrl

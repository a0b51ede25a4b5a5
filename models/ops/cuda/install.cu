#include "models/ops/cuda/install.h"

namespace seqrl {

const char* install_cuda(DeviceRuntime*& runtime) {
  if (const char* problem = cuda::find_device(runtime)) return problem;
  if (const char* problem = cuda::find_products()) return problem;
  cuda::install_activation();
  cuda::install_attention();
  cuda::install_attention_cache();
  cuda::install_conv();
  cuda::install_elementwise();
  cuda::install_gaussian();
  cuda::install_gemm();
  cuda::install_loss();
  cuda::install_norm();
  cuda::install_optimizer();
  cuda::install_position();
  cuda::install_recurrent();
  cuda::install_reduce();
  cuda::install_rotary();
  cuda::install_scan();
  cuda::install_selective_scan();
  cuda::install_soft_actor_critic();
  cuda::install_tokens();
  cuda::install_windows();
  return nullptr;
}

}  // namespace seqrl

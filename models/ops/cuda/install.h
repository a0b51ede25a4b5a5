// The files of kernels, each of which sets its own.
#pragma once

#include "models/core/device.h"

namespace seqrl::cuda {

// Looks for a device; its runtime, or why there is none.
const char* find_device(DeviceRuntime*& runtime);

// Looks for the library of matrix products; null, or why there is none.
const char* find_products();

void install_activation();
void install_attention();
void install_attention_cache();
void install_conv();
void install_elementwise();
void install_gaussian();
void install_gemm();
void install_loss();
void install_norm();
void install_optimizer();
void install_position();
void install_recurrent();
void install_reduce();
void install_rotary();
void install_scan();
void install_selective_scan();
void install_soft_actor_critic();
void install_tokens();
void install_windows();

}  // namespace seqrl::cuda

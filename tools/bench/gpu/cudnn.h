// cuDNN's GRU and LSTM, for comparison with seqrl's.
#pragma once

#include <array>
#include <memory>

#include "tools/bench/gpu/recurrent_layer.h"

namespace seqrl::tools::bench {

// Why cuDNN cannot be used, or null when it can.
const char* cudnn_problem();

// cuDNN's algorithms. A GPU may support only some of them for a size.
inline constexpr std::array kCudnnAlgorithms = {"standard", "persistent", "persistent, small"};

// In float32, without TF32. Throws Error if cuDNN does not support the sizes.
std::unique_ptr<RecurrentLayer> make_cudnn_layer(std::size_t algorithm, const RecurrentSizes& sizes,
                                                 const RecurrentInputs& inputs);

}  // namespace seqrl::tools::bench

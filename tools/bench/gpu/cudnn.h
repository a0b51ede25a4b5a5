// cuDNN's GRU and LSTM, to measure seqrl's beside.
#pragma once

#include <array>
#include <memory>

#include "tools/bench/gpu/recurrent_layer.h"

namespace seqrl::tools::bench {

// Why cuDNN cannot be used, or null when it can.
const char* cudnn_problem();

// Its algorithms, of which a GPU may have only some for a size.
inline constexpr std::array kCudnnAlgorithms = {"standard", "persistent", "persistent, small"};

// In float32, without TF32. Throws Error where cuDNN does not take the sizes.
std::unique_ptr<RecurrentLayer> make_cudnn_layer(std::size_t algorithm, const RecurrentSizes& sizes,
                                                 const RecurrentInputs& inputs);

}  // namespace seqrl::tools::bench

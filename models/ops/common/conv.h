// The sizes of a causal convolution.
#pragma once

#include <cstdint>

namespace seqrl {

inline constexpr std::int64_t kLargestConvKernel = 8;

namespace op {

struct ConvSize {
  std::int64_t batch, time, dim, kernel;
};

}  // namespace op
}  // namespace seqrl

// Initial values of parameters.
#pragma once

#include <functional>
#include <span>

#include "configs/base/random.h"

namespace seqrl {

// Fills the values of one parameter from its own random stream.
using Init = std::function<void(Random& random, std::span<double> values)>;

namespace init {

Init constant(double value);
Init zeros();
Init ones();
Init normal(double std);
Init uniform(double low, double high);

// U(−1/√fan_in, 1/√fan_in), PyTorch's default for linear layers and their biases.
Init fan_in_uniform(std::int64_t fan_in);

}  // namespace init
}  // namespace seqrl

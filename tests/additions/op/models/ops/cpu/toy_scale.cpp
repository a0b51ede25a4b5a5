#include "models/ops/cpu/toy_scale.h"

namespace seqrl::cpu {

template <typename T>
void toy_scale(std::int64_t n, T factor, const T* x, T* y, bool accumulate) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = factor * x[i] + (accumulate ? y[i] : T(0));
}

template void toy_scale<float>(std::int64_t, float, const float*, float*, bool);
template void toy_scale<double>(std::int64_t, double, const double*, double*, bool);

}  // namespace seqrl::cpu

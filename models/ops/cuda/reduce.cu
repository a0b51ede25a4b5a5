#include "models/ops/cuda/reduce.cuh"

#include "models/ops/cuda/install.h"

namespace seqrl::cuda {
void install_reduce() {
  const auto install = []<typename T>(T) {
    sum_rows<T> = [](Size rows, Size columns, const T* x, T* out, bool accumulate, T* scratch) {
      sum_terms<T>(rows, columns, Element<T>{x, columns}, out, accumulate, scratch);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

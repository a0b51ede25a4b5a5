// CUDA kernels of models/ops/norm.h.
#pragma once

#include "models/ops/common/dropout.h"
#include "models/ops/cuda/reduce.h"

namespace seqrl::cuda {

using op::DropoutRule;

template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* bias,
                   T* y, T* mean, T* scale)>
    norm;

// The parts into which backward cuts the rows: one block per part, with two rows for each of its
// warps, or more if there are enough blocks.
inline RowParts norm_parts(std::int64_t rows) {
  return RowParts(rows, 16, 1024);
}

// As on the CPU, but `dweight` and `dbias` receive parts (norm_parts(rows).count, dim).
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* mean,
                   const T* scale, const T* dy, T* dx, bool accumulate, T* dweight, T* dbias)>
    norm_backward;

// norm with dropout of its results, and its backward. For rows that adds_before_norm() accepts.
template <typename T>
inline Kernel<void(DropoutRule, std::int64_t rows, std::int64_t dim, const T* x, const T* weight,
                   const T* bias, T* y, T* mean, T* scale)>
    dropped_norm;
template <typename T>
inline Kernel<void(DropoutRule, std::int64_t rows, std::int64_t dim, const T* x, const T* weight,
                   const T* mean, const T* scale, const T* dy, T* dx, bool accumulate, T* dweight,
                   T* dbias)>
    dropped_norm_backward;

// The layer norm of sum = residual + branch ⊙ scale; stores the sum as well. For rows that
// adds_before_norm() accepts.
template <typename T>
inline Kernel<void(DropoutRule, std::int64_t rows, std::int64_t dim, const T* residual,
                   const T* branch, T* sum, const T* weight, const T* bias, T* y, T* mean,
                   T* scale)>
    add_norm;
inline bool adds_before_norm(std::int64_t dim) {
  return dim == 32 || dim == 64 || (dim % 128 == 0 && dim <= 512);
}

// As norm_backward, followed by the branch's gradient dx ⊙ scale, or += with `accumulate_branch`;
// skipped if dbranch is null. Unless null, branch_sums receives the parts' sums of this gradient,
// (norm_parts(rows).count, dim).
template <typename T>
inline Kernel<void(DropoutRule, std::int64_t rows, std::int64_t dim, const T* x, const T* weight,
                   const T* mean, const T* scale, const T* dy, T* dx, bool accumulate, T* dbranch,
                   bool accumulate_branch, T* branch_sums, T* dweight, T* dbias)>
    add_norm_backward;

}  // namespace seqrl::cuda

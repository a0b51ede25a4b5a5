// The functions of cuBLASLt, NVIDIA's library of matrix products, that are used here.
#pragma once

#include <cublasLt.h>

#include <cstddef>

namespace seqrl::cuda {

struct CublasLt {
  decltype(&::cublasLtMatmul) matmul = nullptr;
  decltype(&::cublasLtMatmulAlgoGetHeuristic) find_algorithm = nullptr;
  decltype(&::cublasLtMatmulDescCreate) describe_product = nullptr;
  decltype(&::cublasLtMatmulDescSetAttribute) set_product = nullptr;
  decltype(&::cublasLtMatmulPreferenceCreate) make_preference = nullptr;
  decltype(&::cublasLtMatmulPreferenceDestroy) drop_preference = nullptr;
  decltype(&::cublasLtMatmulPreferenceSetAttribute) set_preference = nullptr;
  decltype(&::cublasLtMatrixLayoutCreate) describe_matrix = nullptr;
  decltype(&::cublasLtMatrixLayoutSetAttribute) set_matrix = nullptr;
  cublasLtHandle_t handle = nullptr;
};

// Opens the library at the first call, which must not be within a capture.
const CublasLt& cublas_lt();

// The stream and workspace of a product that is queued now.
struct ProductsPlace {
  cudaStream_t stream;
  void* workspace;
};
inline constexpr std::size_t kWorkspace = 32 << 20;
ProductsPlace products_place();

}  // namespace seqrl::cuda

// A replacement for cuBLASLt in test_cuda, so that models/ops/cuda/gemm.cu runs there unchanged:
// the functions that it calls, as NVIDIA's manual describes them, on the emulated device. Requests
// that the real library would refuse, or answer with wrong numbers, throw.
#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "cuda_emulation.h"
#include "emulated_product.h"
#include "emulated_runtime.h"
#include "models/ops/cuda/blas/cublas_lt.h"
#include "models/ops/cuda/install.h"

namespace seqrl {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(std::string("cuBLASLt: ") + what);
}

// Attributes of a description, each set with the type that the manual specifies.
class Attributes {
 public:
  void set(int attribute, const void* value, std::size_t bytes) {
    const auto* from = static_cast<const std::byte*>(value);
    values_[attribute].assign(from, from + bytes);
  }
  template <typename T>
  T get(int attribute, T otherwise) const {
    const auto found = values_.find(attribute);
    if (found == values_.end()) return otherwise;
    require(found->second.size() == sizeof(T), "an attribute has a different type");
    std::memcpy(&otherwise, found->second.data(), sizeof(T));
    return otherwise;
  }

 private:
  std::map<int, std::vector<std::byte>> values_;
};

struct Description : Attributes {
  cublasComputeType_t compute = CUBLAS_COMPUTE_32F;
  std::int64_t rows = 0, columns = 0, stride = 0;  // of a matrix, column-major
};
template <typename Handle>
Description& described(Handle handle) {
  return *reinterpret_cast<Description*>(handle);
}
template <typename Handle>
cublasStatus_t describe(Handle* handle, const Description& description) {
  *handle = reinterpret_cast<Handle>(new Description(description));
  return CUBLAS_STATUS_SUCCESS;
}
template <typename Handle, typename Attribute>
cublasStatus_t set(Handle handle, Attribute attribute, const void* value, std::size_t bytes) {
  described(handle).set(attribute, value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t describe_product(cublasLtMatmulDesc_t* made, cublasComputeType_t compute,
                                cudaDataType_t scale) {
  require(scale == CUDA_R_32F, "scales are not float32");
  Description description;
  description.compute = compute;
  return describe(made, description);
}

cublasStatus_t describe_matrix(cublasLtMatrixLayout_t* made, cudaDataType type, std::uint64_t rows,
                               std::uint64_t columns, std::int64_t stride) {
  require(type == CUDA_R_32F, "a matrix is not float32");
  Description description;
  description.rows = static_cast<std::int64_t>(rows);
  description.columns = static_cast<std::int64_t>(columns);
  description.stride = stride;
  require(rows > 0 && columns > 0 && stride >= description.rows, "a matrix has a wrong size");
  return describe(made, description);
}

cublasStatus_t make_preference(cublasLtMatmulPreference_t* made) {
  return describe(made, {});
}
cublasStatus_t drop_preference(cublasLtMatmulPreference_t preference) {
  delete &described(preference);
  return CUBLAS_STATUS_SUCCESS;
}

std::int32_t batch_of(const Description& matrix) {
  return matrix.get<std::int32_t>(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, 1);
}
std::int64_t step_of(const Description& matrix) {
  return matrix.get<std::int64_t>(CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, 0);
}
bool transposes(const Description& product, cublasLtMatmulDescAttributes_t which) {
  return product.get<cublasOperation_t>(which, CUBLAS_OP_N) == CUBLAS_OP_T;
}
template <typename T>
T* address_in(const Description& product, cublasLtMatmulDescAttributes_t which) {
  return product.get<T*>(which, nullptr);
}

// The operations after a product: whether there is a bias, which activation, and whether its input
// is kept.
struct After {
  bool bias;
  Activation activation;
  bool keeps;
};
After after(const Description& product) {
  switch (
      product.get<cublasLtEpilogue_t>(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_DEFAULT)) {
    case CUBLASLT_EPILOGUE_DEFAULT:
      return {false, Activation::none, false};
    case CUBLASLT_EPILOGUE_BIAS:
      return {true, Activation::none, false};
    case CUBLASLT_EPILOGUE_RELU_BIAS:
      return {true, Activation::relu, false};
    case CUBLASLT_EPILOGUE_GELU_BIAS:
      return {true, Activation::gelu, false};
    case CUBLASLT_EPILOGUE_GELU_AUX_BIAS:
      return {true, Activation::gelu, true};
    default:
      throw std::logic_error("cuBLASLt: an unexpected epilogue");
  }
}

// The number of result columns for which activations are coarse in every precision.
constexpr std::int64_t kCoarse = 72;

// Alignments beyond 64 bytes have no use.
std::uint64_t alignment_of(const void* address) {
  return std::uint64_t{1} << std::countr_zero(reinterpret_cast<std::uintptr_t>(address) | 64);
}

// The algorithm stores the alignments it was chosen for: of matrices, bias, and kept inputs.
cublasStatus_t find_algorithm(cublasLtHandle_t, cublasLtMatmulDesc_t product_handle,
                              cublasLtMatrixLayout_t a_handle, cublasLtMatrixLayout_t b_handle,
                              cublasLtMatrixLayout_t c_handle, cublasLtMatrixLayout_t d_handle,
                              cublasLtMatmulPreference_t preference_handle, int wanted,
                              cublasLtMatmulHeuristicResult_t* results, int* found) {
  const Description &product = described(product_handle), &a = described(a_handle),
                    &b = described(b_handle), &c = described(c_handle);
  require(c_handle == d_handle && wanted == 1, "a request that the emulation does not support");
  const bool a_turned = transposes(product, CUBLASLT_MATMUL_DESC_TRANSA),
             b_turned = transposes(product, CUBLASLT_MATMUL_DESC_TRANSB);
  require((a_turned ? a.columns : a.rows) == c.rows &&
              (b_turned ? b.rows : b.columns) == c.columns &&
              (a_turned ? a.rows : a.columns) == (b_turned ? b.columns : b.rows),
          "sizes do not match");
  require(batch_of(a) == batch_of(c) && batch_of(b) == batch_of(c), "batches do not match");
  const auto [bias, activation, keeps] = after(product);
  if (keeps) {
    const auto stride = product.get<std::int64_t>(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, 0);
    require(stride % 8 == 0 && stride >= c.rows, "the stored product has a wrong stride");
  }
  // The real library has no algorithm for some products; gemm.cu then does them in steps, or
  // exactly.
  *found = batch_of(c) > 2 || (batch_of(c) > 1 && activation != Activation::none) ? 0 : 1;
  if (*found == 0) return CUBLAS_STATUS_SUCCESS;
  std::uint32_t least = 64;
  for (const auto which :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    least = std::min(least, described(preference_handle).get<std::uint32_t>(which, 64));
  }
  if (product.compute == CUBLAS_COMPUTE_32F_FAST_16BF && least < 8) *found = 0;
  std::uint64_t* planned_for = results[0].algo.data;
  planned_for[0] = least;
  planned_for[1] =
      alignment_of(address_in<const float>(product, CUBLASLT_MATMUL_DESC_BIAS_POINTER));
  planned_for[2] =
      alignment_of(address_in<float>(product, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER));
  return CUBLAS_STATUS_SUCCESS;
}

Precision precision_of(const Description& product) {
  return product.compute == CUBLAS_COMPUTE_32F_FAST_TF32   ? Precision::tf32
         : product.compute == CUBLAS_COMPUTE_32F_FAST_16BF ? Precision::bf16
                                                           : Precision::float32;
}

// A column-major matrix, or its transpose, is the transpose of the view, or the view itself.
op::MatrixView<float> view(const void* data, const Description& matrix, bool transpose) {
  const std::int64_t stride = matrix.stride;
  return {static_cast<const float*>(data), transpose ? 1 : stride, transpose ? stride : 1};
}

cublasStatus_t run_product(cublasLtHandle_t, cublasLtMatmulDesc_t product_handle, const void* alpha,
                           const void* a_data, cublasLtMatrixLayout_t a_handle, const void* b_data,
                           cublasLtMatrixLayout_t b_handle, const void* beta, const void* c_data,
                           cublasLtMatrixLayout_t c_handle, void* d_data, cublasLtMatrixLayout_t,
                           const cublasLtMatmulAlgo_t* algorithm, void*, std::size_t,
                           cudaStream_t) {
  const Description &product = described(product_handle), &a = described(a_handle),
                    &b = described(b_handle), &c = described(c_handle);
  const auto [bias, activation, keeps] = after(product);
  const float scale = *static_cast<const float*>(alpha), rest = *static_cast<const float*>(beta);
  require(scale == 1 && c_data == d_data && (rest == 0 || (rest == 1 && !bias)),
          "a request that the emulation does not support");

  // In row-major terms the computed matrix is Dᵀ = op(B)ᵀ·op(A)ᵀ.
  cuda::Product<float> ours{
      .m = c.columns,
      .n = c.rows,
      .k = transposes(product, CUBLASLT_MATMUL_DESC_TRANSA) ? a.rows : a.columns,
      .a = view(b_data, b, transposes(product, CUBLASLT_MATMUL_DESC_TRANSB)),
      .b = view(a_data, a, transposes(product, CUBLASLT_MATMUL_DESC_TRANSA)),
      .c = static_cast<float*>(d_data),
      .c_stride = c.stride,
      .start = bias        ? op::Start::bias
               : rest == 1 ? op::Start::accumulate
                           : op::Start::zero,
      .count = batch_of(c),
      .a_step = step_of(b),
      .b_step = step_of(a),
      .c_step = step_of(c),
      .bias_step = product.get<std::int64_t>(CUBLASLT_MATMUL_DESC_BIAS_BATCH_STRIDE, 0),
      .activation = activation};
  if (bias) ours.bias = address_in<const float>(product, CUBLASLT_MATMUL_DESC_BIAS_POINTER);
  if (keeps) ours.before = address_in<float>(product, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER);
  require((ours.bias != nullptr) == bias && (ours.before != nullptr) == keeps,
          "an address is missing");
  const std::uint64_t* planned_for = algorithm->data;
  require(std::min({alignment_of(a_data), alignment_of(b_data), alignment_of(c_data)}) >=
                  planned_for[0] &&
              alignment_of(ours.bias) >= planned_for[1] &&
              alignment_of(ours.before) >= planned_for[2],
          "an address is less aligned than planned");
  const Precision precision = precision_of(product);
  emulation::submit_product(precision, ours);
  // The accuracy of activations is undocumented: here they are coarse with bf16 and in some sizes,
  // and with tf32 a relu turns NaN into 0.
  const bool coarse = precision == Precision::bf16 || ours.n == kCoarse;
  if (activation == Activation::none || (precision == Precision::float32 && !coarse)) {
    return CUBLAS_STATUS_SUCCESS;
  }
  emulation::submit([=] {
    const emulation::DeviceAccess access;
    for (std::int64_t i = 0; i < ours.m * ours.n; ++i) {
      float& value = ours.c[i / ours.n * ours.c_stride + i % ours.n];
      value = coarse ? value * 1.001f : value > 0 ? value : 0;
    }
  });
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

namespace cuda {

const CublasLt& cublas_lt() {
  static const CublasLt once{run_product,
                             find_algorithm,
                             describe_product,
                             set<cublasLtMatmulDesc_t, cublasLtMatmulDescAttributes_t>,
                             make_preference,
                             drop_preference,
                             set<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceAttributes_t>,
                             describe_matrix,
                             set<cublasLtMatrixLayout_t, cublasLtMatrixLayoutAttribute_t>,
                             nullptr};
  return once;
}

ProductsPlace products_place() {
  return {nullptr, nullptr};
}

const char* find_products() {
  matmul<double> = [](const Product<double>& product) {
    emulation::submit_product(Precision::float32, product);
  };
  return nullptr;
}

}  // namespace cuda
}  // namespace seqrl

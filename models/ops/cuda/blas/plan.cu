#include "models/ops/cuda/blas/plan.h"

#include <algorithm>
#include <bit>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "configs/base/error.h"
#include "models/ops/cuda/blas/cublas_lt.h"
#include "models/ops/cuda/blas/probe.h"

namespace seqrl::cuda {
namespace {

using op::MatrixView;
using op::Start;
using Size = std::int64_t;

void check_blas(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw Error(ErrorKind::failure, std::string("cuBLASLt, ") + what + ": status " +
                                      std::to_string(static_cast<int>(status)));
}

Precision precision = Precision::float32;

cublasComputeType_t compute_type(Precision rounding) {
  switch (rounding) {
    case Precision::tf32:
      return CUBLAS_COMPUTE_32F_FAST_TF32;
    case Precision::bf16:
      return CUBLAS_COMPUTE_32F_FAST_16BF;
    case Precision::float32:
      break;
  }
  return CUBLAS_COMPUTE_32F;
}

// cuBLASLt is column-major: our row-major C is its Cᵀ (N, M), the product of Bᵀ and Aᵀ. One of our
// matrices with contiguous rows is, unchanged, its transpose there.
struct Operand {
  cublasOperation_t operation = CUBLAS_OP_N;
  Size stride = 0;

  Operand() = default;
  explicit Operand(const MatrixView<float>& view)
      : operation(view.column_stride == 1 ? CUBLAS_OP_N : CUBLAS_OP_T),
        stride(view.column_stride == 1 ? view.row_stride : view.column_stride) {}
  auto operator<=>(const Operand&) const = default;
};

// In bytes. Parameters and an arena's allocations begin at multiples of 64; parts of them need not.
std::uint32_t alignment_of(const float* data) {
  return std::uint32_t{1} << std::countr_zero(reinterpret_cast<std::uintptr_t>(data) | 64);
}

// Everything that a product's plan depends on.
struct Kind {
  Precision rounding;
  cublasLtEpilogue_t epilogue;
  Size m, n, k, count;
  Operand a, b;
  Size c_stride, a_step, b_step, c_step, bias_step;
  std::uint32_t alignment, bias_alignment, before_alignment;  // of matrices, bias and `before`

  Kind(const Product<float>& product, cublasLtEpilogue_t after, Precision rounded_to)
      : rounding(rounded_to),
        epilogue(after),
        m(product.m),
        n(product.n),
        k(product.k),
        count(product.count),
        a(product.a),
        b(product.b),
        c_stride(product.c_stride),
        a_step(product.a_step),
        b_step(product.b_step),
        c_step(product.c_step),
        bias_step(product.bias_step),
        alignment(std::min(
            {alignment_of(product.a.data), alignment_of(product.b.data), alignment_of(product.c)})),
        bias_alignment(alignment_of(product.bias)),
        before_alignment(alignment_of(product.before)) {}
  auto operator<=>(const Kind&) const = default;
};

// A product that has been planned: its descriptors live as long as the process.
struct Plan {
  cublasLtMatmulDesc_t product = nullptr;
  cublasLtMatrixLayout_t b = nullptr, a = nullptr, c = nullptr;
  cublasLtMatmulAlgo_t algorithm{};
};

template <typename Value>
void set(cublasLtMatmulDesc_t product, cublasLtMatmulDescAttributes_t attribute, Value value) {
  check_blas(cublas_lt().set_product(product, attribute, &value, sizeof value),
             "describing a matrix product");
}
template <typename Value>
void set(cublasLtMatrixLayout_t matrix, cublasLtMatrixLayoutAttribute_t attribute, Value value) {
  check_blas(cublas_lt().set_matrix(matrix, attribute, &value, sizeof value),
             "describing a matrix");
}
template <typename Value>
void set(cublasLtMatmulPreference_t preference, cublasLtMatmulPreferenceAttributes_t attribute,
         Value value) {
  check_blas(cublas_lt().set_preference(preference, attribute, &value, sizeof value),
             "selecting an algorithm");
}

// `count` of our matrices, rows × columns each, as cuBLASLt sees them.
cublasLtMatrixLayout_t layout(const Operand& operand, Size rows, Size columns, Size count,
                              Size step) {
  if (operand.operation == CUBLAS_OP_T) std::swap(rows, columns);
  cublasLtMatrixLayout_t made = nullptr;
  // A single row may have any stride.
  check_blas(cublas_lt().describe_matrix(&made, CUDA_R_32F, static_cast<std::uint64_t>(columns),
                                         static_cast<std::uint64_t>(rows),
                                         std::max(operand.stride, columns)),
             "describing a matrix");
  if (count > 1) {
    set(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, static_cast<std::int32_t>(count));
    set(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, step);
  }
  return made;
}

// Sets the addresses in a product's description.
void set_addresses(const Plan& plan, const Product<float>& product) {
  if (product.start == Start::bias) {
    set(plan.product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, product.bias);
  }
  if (product.before) {
    set(plan.product, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, product.before);
  }
}

// Returns nothing if cuBLASLt has no algorithm for the product.
std::optional<Plan> make_plan(const Kind& kind, const Product<float>& product) {
  Plan plan;
  check_blas(cublas_lt().describe_product(&plan.product, compute_type(kind.rounding), CUDA_R_32F),
             "describing a matrix product");
  set(plan.product, CUBLASLT_MATMUL_DESC_TRANSA, kind.b.operation);
  set(plan.product, CUBLASLT_MATMUL_DESC_TRANSB, kind.a.operation);
  set(plan.product, CUBLASLT_MATMUL_DESC_EPILOGUE, kind.epilogue);
  if (product.start == Start::bias && kind.count > 1) {
    set(plan.product, CUBLASLT_MATMUL_DESC_BIAS_BATCH_STRIDE, kind.bias_step);
  }
  if (product.before) {
    set(plan.product, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, kind.c_stride);
    if (kind.count > 1) {
      set(plan.product, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_BATCH_STRIDE, kind.c_step);
    }
  }
  set_addresses(plan, product);  // the choice depends on their alignment
  plan.b = layout(kind.b, kind.k, kind.n, kind.count, kind.b_step);
  plan.a = layout(kind.a, kind.m, kind.k, kind.count, kind.a_step);
  plan.c = layout(Operand({nullptr, kind.c_stride, 1}), kind.m, kind.n, kind.count, kind.c_step);

  cublasLtMatmulPreference_t preference = nullptr;
  check_blas(cublas_lt().make_preference(&preference), "selecting an algorithm");
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kWorkspace);
  for (const auto attribute :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    set(preference, attribute, kind.alignment);
  }
  // Only reductions that add parts in a fixed order: two runs agree to the bit.
  set(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
      std::uint32_t{CUBLASLT_REDUCTION_SCHEME_NONE | CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE});
  cublasLtMatmulHeuristicResult_t best;
  int found = 0;
  const cublasStatus_t status =
      cublas_lt().find_algorithm(cublas_lt().handle, plan.product, plan.b, plan.a, plan.c, plan.c,
                                 preference, 1, &best, &found);
  cublas_lt().drop_preference(preference);
  if (status != CUBLAS_STATUS_SUCCESS || found == 0) return std::nullopt;
  plan.algorithm = best.algo;
  return plan;
}

std::map<Kind, std::optional<Plan>> plans;

void run(const Plan& plan, const Product<float>& product) {
  set_addresses(plan, product);
  const float one = 1, before = product.start == Start::accumulate ? 1 : 0;
  const ProductsPlace place = products_place();
  check_blas(cublas_lt().matmul(cublas_lt().handle, plan.product, &one, product.b.data, plan.b,
                                product.a.data, plan.a, &before, product.c, plan.c, product.c,
                                plan.c, &plan.algorithm, place.workspace, kWorkspace, place.stream),
             "multiplying");
}

// Returns nothing if the plan's activation does not match ours.
std::optional<Plan> make_trusted_plan(const Kind& kind, const Product<float>& product) {
  std::optional<Plan> plan = make_plan(kind, product);
  const auto multiply = [&](const Product<float>& probe) { run(*plan, probe); };
  if (plan && !activation_matches(product, multiply)) plan.reset();
  return plan;
}

}  // namespace

Precision product_precision() {
  return precision;
}

void set_product_precision(Precision chosen) {
  precision = chosen;
}

std::optional<cublasLtEpilogue_t> epilogue_of(const Product<float>& product) {
  const bool bias = product.start == Start::bias, keeps = product.before != nullptr;
  switch (product.activation) {
    case Activation::none:
      return bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
    case Activation::relu:
      if (bias && !keeps) return CUBLASLT_EPILOGUE_RELU_BIAS;
      break;
    case Activation::gelu:
      if (bias && !keeps) return CUBLASLT_EPILOGUE_GELU_BIAS;
      if (bias && product.c_stride % 8 == 0) return CUBLASLT_EPILOGUE_GELU_AUX_BIAS;
      break;
    default:
      break;
  }
  return std::nullopt;
}

bool multiply_at_once(const Product<float>& product, cublasLtEpilogue_t epilogue,
                      Precision rounding) {
  const Kind kind(product, epilogue, rounding);
  auto found = plans.find(kind);
  if (found == plans.end()) found = plans.emplace(kind, make_trusted_plan(kind, product)).first;
  if (!found->second) return false;
  run(*found->second, product);
  return true;
}

}  // namespace seqrl::cuda

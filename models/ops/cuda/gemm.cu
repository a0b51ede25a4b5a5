#include "models/ops/cuda/gemm.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <compare>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "models/ops/cuda/activation.h"
#include "models/ops/cuda/cublas_lt.h"
#include "models/ops/cuda/install.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

using cpu::MatrixView;
using cpu::Start;

void check_blas(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw Error(ErrorKind::failure, std::string("cuBLASLt, ") + what + ": status " +
                                      std::to_string(static_cast<int>(status)));
}

Precision precision = Precision::float32;

cublasComputeType_t compute_type() {
  switch (precision) {
    case Precision::tf32:
      return CUBLAS_COMPUTE_32F_FAST_TF32;
    case Precision::bf16:
      return CUBLAS_COMPUTE_32F_FAST_16BF;
    case Precision::float32:
      break;
  }
  return CUBLAS_COMPUTE_32F;
}

// cuBLASLt is column-major: our row-major C is its Cᵀ (N, M), the product of Bᵀ and Aᵀ. A matrix of
// ours whose rows are contiguous is, as it stands, its transpose there.
struct Operand {
  cublasOperation_t operation = CUBLAS_OP_N;
  Size stride = 0;

  Operand() = default;
  explicit Operand(const MatrixView<float>& view)
      : operation(view.column_stride == 1 ? CUBLAS_OP_N : CUBLAS_OP_T),
        stride(view.column_stride == 1 ? view.row_stride : view.column_stride) {}
  auto operator<=>(const Operand&) const = default;
};

// What comes after a product, where cuBLASLt has it in one.
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

// In bytes. Parameters and what an arena hands out begin at multiples of 64, parts of them need
// not.
std::uint32_t alignment_of(const float* data) {
  return std::uint32_t{1} << std::countr_zero(reinterpret_cast<std::uintptr_t>(data) | 64);
}

// All that a product's plan depends on.
struct Kind {
  Precision rounding = precision;
  cublasLtEpilogue_t epilogue;
  Size m, n, k, count;
  Operand a, b;
  Size c_stride, a_step, b_step, c_step, bias_step;
  std::uint32_t alignment, bias_alignment, before_alignment;  // of the matrices, and the others

  Kind(const Product<float>& product, cublasLtEpilogue_t after)
      : epilogue(after),
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
             "describing a product");
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
             "asking for an algorithm");
}

// `count` matrices of ours, rows × columns each, as cuBLASLt sees them.
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

// The addresses that belong to a product's description.
void set_addresses(const Plan& plan, const Product<float>& product) {
  if (product.start == Start::bias) {
    set(plan.product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, product.bias);
  }
  if (product.before) {
    set(plan.product, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, product.before);
  }
}

// Nothing where cuBLASLt has no algorithm for it.
std::optional<Plan> make_plan(const Kind& kind, const Product<float>& product) {
  Plan plan;
  check_blas(cublas_lt().describe_product(&plan.product, compute_type(), CUDA_R_32F),
             "describing a product");
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
  check_blas(cublas_lt().make_preference(&preference), "asking for an algorithm");
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kWorkspace);
  for (const auto attribute :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    set(preference, attribute, kind.alignment);
  }
  // Parts of a sum are added up in one order only: two runs agree to the bit.
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

// Asks cuBLASLt to do it all in one. Whether it can.
bool multiply_at_once(const Product<float>& product, cublasLtEpilogue_t epilogue) {
  const Kind kind(product, epilogue);
  auto found = plans.find(kind);
  if (found == plans.end()) found = plans.emplace(kind, make_plan(kind, product)).first;
  if (!found->second) return false;
  const Plan& plan = *found->second;
  set_addresses(plan, product);
  const float one = 1, before = product.start == Start::accumulate ? 1 : 0;
  const ProductsPlace place = products_place();
  check_blas(cublas_lt().matmul(cublas_lt().handle, plan.product, &one, product.b.data, plan.b,
                                product.a.data, plan.a, &before, product.c, plan.c, product.c,
                                plan.c, &plan.algorithm, place.workspace, kWorkspace, place.stream),
             "multiplying");
  return true;
}

void multiply_in_steps(const Product<float>& product);

// Whether cuBLASLt's activation is ours: how exact it is, and what becomes of NaN, is written
// nowhere. Compares one product's results on the device.
bool is_ours(Activation activation, bool keeps) {
  constexpr Size kRows = 512, kColumns = 8;
  constexpr float kLargest = 12, kTolerance = 1e-6f;
  std::vector<float> x(kRows * kColumns), identity(kColumns * kColumns), bias(kColumns);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = kLargest * (2 * static_cast<float>(i) / static_cast<float>(x.size() - 1) - 1);
  }
  x.back() = std::nanf("");  // which makes its whole row NaN
  for (std::size_t i = 0; i < kColumns; ++i) identity[i * (kColumns + 1)] = 1;

  DeviceRuntime& runtime = runtime_of(Device::cuda);
  const auto on_device = [&](const std::vector<float>& values) {
    Storage memory(values.size() * sizeof(float), Device::cuda);
    runtime.write(memory.data(), values.data(), memory.bytes());
    return memory;
  };
  const auto address = [](const Storage& memory) {
    return reinterpret_cast<float*>(memory.data());
  };
  const Storage a = on_device(x), b = on_device(identity), start = on_device(bias),
                before = on_device(x), theirs = on_device(x), ours = on_device(x);
  Product<float> product{kRows,
                         kColumns,
                         kColumns,
                         {address(a), kColumns, 1},
                         {address(b), kColumns, 1},
                         address(theirs),
                         kColumns,
                         Start::bias,
                         address(start)};
  product.activation = activation;
  if (keeps) product.before = address(before);
  if (!multiply_at_once(product, *epilogue_of(product))) return false;
  product.activation = Activation::none;
  product.before = nullptr;
  product.c = address(ours);
  multiply_in_steps(product);
  const auto agree = [&](const Storage& one, const Storage& other) {
    std::vector<float> u(x.size()), v(x.size());
    runtime.read(u.data(), one.data(), one.bytes());
    runtime.read(v.data(), other.data(), other.bytes());
    return std::equal(u.begin(), u.end(), v.begin(), [&](float p, float q) {
      if (std::isnan(p) || std::isnan(q)) return std::isnan(p) && std::isnan(q);
      return std::abs(p - q) <= kTolerance * std::max(1.0f, std::abs(q));
    });
  };
  if (keeps && !agree(before, ours)) return false;
  activate<float>(activation, static_cast<Size>(x.size()), address(ours), address(ours));
  return agree(theirs, ours);
}

std::map<std::tuple<Precision, Activation, bool>, bool> answers;

// Asked once for each way to multiply, which must not be within a capture.
bool trusts(Activation activation, bool keeps) {
  if (activation == Activation::none) return true;
  const std::tuple question(precision, activation, keeps);
  const auto found = answers.find(question);
  if (found != answers.end()) return found->second;
  return answers.emplace(question, is_ours(activation, keeps)).first->second;
}

// The product of no terms: the bias, or zeros.
__global__ void start_only(Size m, Size n, const float* bias, float* c, Size c_stride) {
  const Size number = thread_number();
  if (number >= m * n) return;
  c[number / n * c_stride + number % n] = bias ? bias[number % n] : 0.0f;
}

// At once, or in steps that cuBLASLt can do.
void multiply_in_steps(const Product<float>& product) {
  const auto& [m, n, k, a, b, c, c_stride, start, bias, count, a_step, b_step, c_step, bias_step,
               activation, before] = product;
  if (m == 0 || n == 0 || count == 0) return;
  if (k > 0) {
    const auto epilogue = epilogue_of(product);
    if (epilogue && trusts(activation, before != nullptr) && multiply_at_once(product, *epilogue)) {
      return;
    }
  }
  Product<float> part = product;
  if (activation != Activation::none) {
    part.activation = Activation::none;
    part.before = nullptr;
    if (before) part.c = before;
    multiply_in_steps(part);
    activate<float>(activation, m * n * count, part.c, c);
  } else if (count > 1) {
    part.count = 1;
    for (Size i = 0; i < count; ++i) {
      part.a.data = a.data + i * a_step;
      part.b.data = b.data + i * b_step;
      part.c = c + i * c_step;
      if (bias) part.bias = bias + i * bias_step;
      multiply_in_steps(part);
    }
  } else if (k == 0) {
    if (start == Start::accumulate) return;
    launch(start_only, blocks_for(m * n), kThreads, 0, m, n, start == Start::bias ? bias : nullptr,
           c, c_stride);
  } else {
    throw Error(ErrorKind::failure, "cuBLASLt has no algorithm for a product of " +
                                        std::to_string(m) + " × " + std::to_string(k) + " and " +
                                        std::to_string(k) + " × " + std::to_string(n));
  }
}

}  // namespace

void install_gemm() {
  set_precision = [](Precision chosen) { precision = chosen; };
  matmul<float> = multiply_in_steps;
}

}  // namespace seqrl::cuda

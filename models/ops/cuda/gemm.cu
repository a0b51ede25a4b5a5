#include "models/ops/cuda/gemm.h"

#include <cublasLt.h>
#include <dlfcn.h>

#include <algorithm>
#include <bit>
#include <map>
#include <string>
#include <tuple>

#include "models/ops/cuda/install.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

using cpu::MatrixView;
using cpu::Start;

constexpr std::size_t kWorkspace = 32 << 20;

void check_blas(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw Error(ErrorKind::failure, std::string("cuBLASLt, ") + what + ": status " +
                                      std::to_string(static_cast<int>(status)));
}

// Opened only where there is a GPU: cuBLASLt takes 200 MB of a process.
class Blas {
 public:
  decltype(&::cublasLtCreate) create = nullptr;
  decltype(&::cublasLtMatmul) matmul = nullptr;
  decltype(&::cublasLtMatmulAlgoGetHeuristic) find_algorithm = nullptr;
  decltype(&::cublasLtMatmulDescCreate) describe_product = nullptr;
  decltype(&::cublasLtMatmulDescSetAttribute) set_product = nullptr;
  decltype(&::cublasLtMatmulPreferenceCreate) make_preference = nullptr;
  decltype(&::cublasLtMatmulPreferenceDestroy) drop_preference = nullptr;
  decltype(&::cublasLtMatmulPreferenceSetAttribute) set_preference = nullptr;
  decltype(&::cublasLtMatrixLayoutCreate) describe_matrix = nullptr;
  cublasLtHandle_t handle = nullptr;
  void* workspaces[2] = {};  // of the stream, and of the one beside it

  Blas() {
    library_ = open();
    if (!library_) throw Error(ErrorKind::failure, std::string("cuBLASLt: ") + dlerror());
    find(create, "cublasLtCreate");
    find(matmul, "cublasLtMatmul");
    find(find_algorithm, "cublasLtMatmulAlgoGetHeuristic");
    find(describe_product, "cublasLtMatmulDescCreate");
    find(set_product, "cublasLtMatmulDescSetAttribute");
    find(make_preference, "cublasLtMatmulPreferenceCreate");
    find(drop_preference, "cublasLtMatmulPreferenceDestroy");
    find(set_preference, "cublasLtMatmulPreferenceSetAttribute");
    find(describe_matrix, "cublasLtMatrixLayoutCreate");
    check_blas(create(&handle), "starting");
    for (void*& each : workspaces) {
      check(cudaMalloc(&each, kWorkspace), "allocating the products' workspace");
    }
  }

  // The library, or null; dlerror() says why.
  static void* open() {
    const std::string name = "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR);
    void* library = dlopen(name.c_str(), RTLD_LAZY);
    return library ? library : dlopen(SEQRL_CUBLASLT, RTLD_LAZY);  // the one it was built with
  }

 private:
  template <typename Function>
  void find(Function& function, const char* name) {
    function = reinterpret_cast<Function>(dlsym(library_, name));
    if (!function) throw Error(ErrorKind::failure, std::string("cuBLASLt has no ") + name);
  }

  void* library_ = nullptr;
};

const Blas& blas() {
  static const Blas once;
  return once;
}

// cuBLASLt is column-major: our row-major C is its Cᵀ (N, M), the product of Bᵀ and Aᵀ. A matrix of
// ours whose rows are contiguous is, as it stands, its transpose there.
struct Operand {
  cublasOperation_t operation;
  Size stride;

  template <typename T>
  explicit Operand(const MatrixView<T>& view)
      : operation(view.column_stride == 1 ? CUBLAS_OP_N : CUBLAS_OP_T),
        stride(view.column_stride == 1 ? view.row_stride : view.column_stride) {}
};

// A product that has been planned: its descriptors live as long as the process.
struct Plan {
  cublasLtMatmulDesc_t product = nullptr;
  cublasLtMatrixLayout_t b = nullptr, a = nullptr, c = nullptr;
  cublasLtMatmulAlgo_t algorithm;
};

cublasLtMatrixLayout_t layout(const Operand& operand, Size rows, Size columns) {
  const bool plain = operand.operation == CUBLAS_OP_N;
  // A single row or column may have any stride.
  const Size stride = std::max(operand.stride, plain ? rows : columns);
  cublasLtMatrixLayout_t made = nullptr;
  check_blas(
      blas().describe_matrix(&made, CUDA_R_32F, static_cast<std::uint64_t>(plain ? rows : columns),
                             static_cast<std::uint64_t>(plain ? columns : rows), stride),
      "describing a matrix");
  return made;
}

template <typename Value>
void set(cublasLtMatmulDesc_t product, cublasLtMatmulDescAttributes_t attribute, Value value) {
  check_blas(blas().set_product(product, attribute, &value, sizeof value), "describing a product");
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

Plan make_plan(Size m, Size n, Size k, const Operand& a, const Operand& b, Size c_stride, bool bias,
               std::uint32_t alignment) {
  Plan plan;
  check_blas(blas().describe_product(&plan.product, compute_type(), CUDA_R_32F),
             "describing a product");
  set(plan.product, CUBLASLT_MATMUL_DESC_TRANSA, b.operation);
  set(plan.product, CUBLASLT_MATMUL_DESC_TRANSB, a.operation);
  if (bias) set(plan.product, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
  plan.b = layout(b, n, k);
  plan.a = layout(a, k, m);
  check_blas(blas().describe_matrix(&plan.c, CUDA_R_32F, static_cast<std::uint64_t>(n),
                                    static_cast<std::uint64_t>(m), c_stride),
             "describing a matrix");

  cublasLtMatmulPreference_t preference = nullptr;
  check_blas(blas().make_preference(&preference), "asking for an algorithm");
  const std::size_t workspace = kWorkspace;
  check_blas(blas().set_preference(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace,
                                   sizeof workspace),
             "asking for an algorithm");
  for (const auto attribute :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    check_blas(blas().set_preference(preference, attribute, &alignment, sizeof alignment),
               "asking for an algorithm");
  }
  // Parts of a sum are added up in one order only: two runs agree to the bit.
  const std::uint32_t ordered =
      CUBLASLT_REDUCTION_SCHEME_NONE | CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
  check_blas(blas().set_preference(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &ordered,
                                   sizeof ordered),
             "asking for an algorithm");
  cublasLtMatmulHeuristicResult_t best;
  int found = 0;
  check_blas(blas().find_algorithm(blas().handle, plan.product, plan.b, plan.a, plan.c, plan.c,
                                   preference, 1, &best, &found),
             "asking for an algorithm");
  blas().drop_preference(preference);
  if (found == 0) check_blas(CUBLAS_STATUS_NOT_SUPPORTED, "asking for an algorithm");
  plan.algorithm = best.algo;
  return plan;
}

// Of all these addresses: that of parameters and of what an arena hands out, less for the parts of
// layers side by side.
std::uint32_t shared_alignment(std::initializer_list<const float*> addresses) {
  std::uintptr_t bits = 64;
  for (const float* address : addresses) bits |= reinterpret_cast<std::uintptr_t>(address);
  return std::uint32_t{1} << std::countr_zero(bits);
}

const Plan& plan_for(Size m, Size n, Size k, const Operand& a, const Operand& b, Size c_stride,
                     bool bias, std::uint32_t alignment) {
  using Key =
      std::tuple<Precision, Size, Size, Size, int, Size, int, Size, Size, bool, std::uint32_t>;
  static std::map<Key, Plan> plans;
  const Key key{precision,   m,        n,        k,    a.operation, a.stride,
                b.operation, b.stride, c_stride, bias, alignment};
  auto found = plans.find(key);
  if (found == plans.end()) {
    found = plans.emplace(key, make_plan(m, n, k, a, b, c_stride, bias, alignment)).first;
  }
  return found->second;
}

// The product of no terms: the bias, or zeros.
__global__ void start_only(Size m, Size n, const float* bias, float* c, Size c_stride) {
  const Size number = thread_number();
  if (number >= m * n) return;
  c[number / n * c_stride + number % n] = bias ? bias[number % n] : 0.0f;
}

void multiply(Size m, Size n, Size k, MatrixView<float> a, MatrixView<float> b, float* c,
              Size c_stride, Start start, const float* bias) {
  if (m == 0 || n == 0 || (k == 0 && start == Start::accumulate)) return;
  if (start != Start::bias) bias = nullptr;
  if (k == 0) {
    launch(start_only, blocks_for(m * n), kThreads, 0, m, n, bias, c, c_stride);
    return;
  }
  const Plan& plan = plan_for(m, n, k, Operand(a), Operand(b), c_stride, bias != nullptr,
                              shared_alignment({a.data, b.data, c, bias}));
  if (bias) set(plan.product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
  const float one = 1, before = start == Start::accumulate ? 1 : 0;
  check_blas(blas().matmul(blas().handle, plan.product, &one, b.data, plan.b, a.data, plan.a,
                           &before, c, plan.c, c, plan.c, &plan.algorithm,
                           blas().workspaces[on_side_stream() ? 1 : 0], kWorkspace, stream()),
             "multiplying");
}

}  // namespace

const char* find_products() {
  if (Blas::open()) return nullptr;  // stays open
  static const std::string problem = std::string("cuBLASLt was not found (") + dlerror() + ")";
  return problem.c_str();
}

void install_gemm() {
  set_precision = [](Precision chosen) { precision = chosen; };
  gemm<float> = multiply;
}

}  // namespace seqrl::cuda

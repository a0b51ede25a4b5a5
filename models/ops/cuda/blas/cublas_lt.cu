#include "models/ops/cuda/blas/cublas_lt.h"

#include <dlfcn.h>

#include <string>

#include "configs/base/error.h"
#include "models/ops/cuda/install.h"
#include "models/ops/cuda/stream.h"

namespace seqrl::cuda {
namespace {

const std::string& name_of_library() {
  static const std::string once = "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR);
  return once;
}

// The library, or null; dlerror() says why.
void* open() {
  void* library = dlopen(name_of_library().c_str(), RTLD_LAZY);
  return library ? library : dlopen(SEQRL_CUBLASLT, RTLD_LAZY);  // the one it was built with
}

// Not linked: it takes 200 MB of a process, which only GPU processes need.
CublasLt load() {
  use_gpu();
  void* library = open();
  if (!library) throw Error(ErrorKind::failure, std::string("cuBLASLt: ") + dlerror());
  const auto find = [library]<typename Function>(Function& function, const char* name) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (!function) throw Error(ErrorKind::failure, std::string("cuBLASLt has no ") + name);
  };
  CublasLt loaded;
  find(loaded.matmul, "cublasLtMatmul");
  find(loaded.find_algorithm, "cublasLtMatmulAlgoGetHeuristic");
  find(loaded.describe_product, "cublasLtMatmulDescCreate");
  find(loaded.set_product, "cublasLtMatmulDescSetAttribute");
  find(loaded.make_preference, "cublasLtMatmulPreferenceCreate");
  find(loaded.drop_preference, "cublasLtMatmulPreferenceDestroy");
  find(loaded.set_preference, "cublasLtMatmulPreferenceSetAttribute");
  find(loaded.describe_matrix, "cublasLtMatrixLayoutCreate");
  find(loaded.set_matrix, "cublasLtMatrixLayoutSetAttribute");
  decltype(&::cublasLtCreate) create = nullptr;
  find(create, "cublasLtCreate");
  if (const cublasStatus_t status = create(&loaded.handle); status != CUBLAS_STATUS_SUCCESS) {
    throw Error(ErrorKind::failure, "cuBLASLt failed to initialize: status " +
                                        std::to_string(static_cast<int>(status)));
  }
  return loaded;
}

struct Workspaces {
  void* of_main = make();
  void* of_side = make();

 private:
  static void* make() {
    void* made = nullptr;
    check(cudaMalloc(&made, kWorkspace), "allocating the workspace of matrix products");
    return made;
  }
};

}  // namespace

const CublasLt& cublas_lt() {
  static const CublasLt once = load();
  return once;
}

ProductsPlace products_place() {
  use_gpu();
  static const Workspaces once;
  return {stream(), on_side_stream() ? once.of_side : once.of_main};
}

const char* find_products() {
  if (open()) return nullptr;  // stays open
  static const std::string problem = std::string("cuBLASLt was not found (") + dlerror() +
                                     "); set LD_LIBRARY_PATH to the folder of " + name_of_library();
  return problem.c_str();
}

std::string products_version() {
  void* library = open();
  const auto ask =
      library
          ? reinterpret_cast<decltype(&::cublasLtGetVersion)>(dlsym(library, "cublasLtGetVersion"))
          : nullptr;
  if (!ask) return "of unknown version";
  const std::size_t version = ask();  // 130002: 13.0.2; before 12: 111103
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

}  // namespace seqrl::cuda

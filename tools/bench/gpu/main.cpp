// The speed of seqrl's kernels on a GPU, one figure per line: NAME, a tab, the value, a tab, the
// unit. tools/bench/gpu.sh runs it, one process per part, and adds PyTorch's figures.
//
//   gpu_bench check                         whether there is a usable GPU
//   gpu_bench device                        the GPU's ceilings
//   gpu_bench activations                   which cuBLASLt activations are trusted
//   gpu_bench scan                          scans relative to the copy bandwidth
//   gpu_bench step BACKBONE BATCH COUNT     a training step, in each precision
//   gpu_bench run BACKBONE BATCH COUNT      COUNT steps in a row
//   gpu_bench recurrent                     GRU and LSTM compared with cuDNN's
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "configs/base/error.h"
#include "models/ops/cuda/blas/report.h"
#include "models/ops/matrix_product.h"
#include "tools/bench/gpu/kernels.h"
#include "tools/bench/gpu/recurrent.h"
#include "tools/bench/gpu/steps.h"
#include "tools/bench/hardware.h"

namespace seqrl::tools::bench {
namespace {

const std::pair<Precision, const char*> kPrecisions[] = {
    {Precision::float32, "float32"}, {Precision::tf32, "tf32"}, {Precision::bf16, "bf16"}};

void print(const std::string& name, double value, const std::string& unit) {
  fmt::print("{}\t{:.4g}\t{}\n", name, value, unit);
  std::fflush(stdout);
}

// How a layer of a step computes its activation on this GPU: in cuBLASLt's product, or in our own
// kernel after it.
void print_trusted_activations() {
  for (const auto& [precision, name] : kPrecisions) {
    const ProductPrecision of_products(precision);
    for (const auto& [activation, how] :
         {std::pair{Activation::relu, "relu"}, std::pair{Activation::gelu, "gelu"}}) {
      for (const bool keeps : {false, true}) {
        print(fmt::format("cuBLASLt's {}{} matches ours, {}", how,
                          keeps ? " with its input kept" : "", name),
              cuda::fuses_activation(activation, keeps, 3840, 128, 512), "");
      }
    }
  }
}

void bench_hardware() {
  for (const auto& [precision, name] : kPrecisions) {
    print(fmt::format("products of 4096, {}", name), peak_gflops_of_gpu(precision) * 1e-3,
          "TFLOP/s");
  }
  bench_device({}, print);
}

std::int64_t number_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > 1 << 30) {
    reject("{} is not a number from 1 to 2^30", text);
  }
  return number;
}

int run(const std::vector<std::string>& given) {
  const std::string part = given.empty() ? "" : given[0];
  if (part == "check" && given.size() == 1) {
    fmt::print("{}\n", runtime_of(Device::cuda).description());
    print("memory in use at the start", static_cast<double>(memory_in_use()) / (1 << 20), "MiB");
  } else if (part == "device" && given.size() == 1) {
    bench_hardware();
  } else if (part == "activations" && given.size() == 1) {
    print_trusted_activations();
  } else if (part == "scan" && given.size() == 1) {
    bench_scans({}, print);
  } else if (part == "recurrent" && given.size() == 1) {
    return bench_recurrent(print) ? 0 : 1;
  } else if ((part == "step" || part == "run") && given.size() == 4) {
    const StepSizes sizes{.batch = number_of(given[2])};
    const auto count = static_cast<int>(number_of(given[3]));
    if (part == "run") {
      bench_run(given[1], sizes, Precision::float32, count, print);
      return 0;
    }
    for (const auto& [precision, name] : kPrecisions) {
      bench_step(given[1], sizes, precision, count, print);
    }
  } else {
    reject(
        "usage: gpu_bench check | device | activations | scan | recurrent | "
        "step BACKBONE BATCH COUNT | run BACKBONE BATCH COUNT");
  }
  return 0;
}

}  // namespace
}  // namespace seqrl::tools::bench

int main(int count, char** given) {
  try {
    return seqrl::tools::bench::run({given + 1, given + count});
  } catch (const seqrl::Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return error.kind() == seqrl::ErrorKind::user ? 2 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}

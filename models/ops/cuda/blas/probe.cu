#include "models/ops/cuda/blas/probe.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "models/core/tensor.h"
#include "models/ops/cuda/activation.h"

namespace seqrl::cuda {
namespace {

using Size = std::int64_t;
using Values = std::vector<float>;

constexpr Size kLooked = 1024;  // rows of results that are compared
constexpr Size kLeast = 64;     // results that are enough for a verdict
constexpr float kLargest = 12, kTolerance = 1e-6f;

// x to 8 bits, which bf16 and TF32 hold.
float shortened(float x) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & 0xFFFF0000u);
}
// The k-th of n values from −kLargest to kLargest.
float spread(Size k, Size n) {
  if (n == 1) return 0;
  return shortened(kLargest * (2 * static_cast<float>(k) / static_cast<float>(n - 1) - 1));
}

Storage on_device(Size elements, const Values& first) {
  Storage memory(static_cast<std::size_t>(elements) * sizeof(float), Device::cuda);
  if (!first.empty()) {
    runtime_of(Device::cuda).write(memory.data(), first.data(), first.size() * sizeof(float));
  }
  return memory;
}
float* address(const Storage& memory) {
  return reinterpret_cast<float*>(memory.data());
}

bool agree(const Values& theirs, const Values& ours) {
  return std::equal(theirs.begin(), theirs.end(), ours.begin(), [](float p, float q) {
    if (std::isnan(p) || std::isnan(q)) return std::isnan(p) && std::isnan(q);
    return std::abs(p - q) <= kTolerance * std::max(1.0f, std::abs(q));
  });
}

}  // namespace

bool activation_matches(const Product<float>& product,
                        const std::function<void(const Product<float>&)>& multiply) {
  if (product.activation == Activation::none) return true;
  const auto& [m, n, k, a, b, c, c_stride, start, bias, count, a_step, b_step, c_step, bias_step,
               activation, before] = product;
  const Size rows = std::min(m, kLooked), results = rows * n * count;
  // Only a layer's forward pass, with enough results. The last row is NaN or, for a single row, the
  // last column.
  if (a.column_stride != 1 || start != op::Start::bias || rows * n < kLeast) return false;
  Values x(static_cast<std::size_t>((rows - 1) * a.row_stride + (count - 1) * a_step + k));
  Values biases(static_cast<std::size_t>((count - 1) * bias_step + n));
  const Values ones(static_cast<std::size_t>((k - 1) * b.row_stride + (n - 1) * b.column_stride +
                                             (count - 1) * b_step + 1),
                    1.0f);
  for (Size g = 0; g < count; ++g) {
    for (Size i = 0; i < rows; ++i) {
      x[static_cast<std::size_t>(i * a.row_stride + g * a_step)] =
          rows > 1 && i == rows - 1 ? std::nanf("") : spread(i, rows);
    }
    for (Size j = 0; j < n; ++j) {
      biases[static_cast<std::size_t>(g * bias_step + j)] =
          rows == 1 && j == n - 1 ? std::nanf("") : spread(j, n);
    }
  }
  // The sums before the activation, which are exact: a term is a number of 8 bits, or 0.
  Values sums(static_cast<std::size_t>(results));
  for (Size i = 0, at = 0; i < rows; ++i) {
    for (Size g = 0; g < count; ++g) {
      for (Size j = 0; j < n; ++j, ++at) {
        sums[static_cast<std::size_t>(at)] =
            x[static_cast<std::size_t>(i * a.row_stride + g * a_step)] +
            biases[static_cast<std::size_t>(g * bias_step + j)];
      }
    }
  }

  DeviceRuntime& runtime = runtime_of(Device::cuda);
  const Size all = (m - 1) * c_stride + (count - 1) * c_step + n;
  const Storage on_a = on_device((m - 1) * a.row_stride + (count - 1) * a_step + k, x),
                on_b = on_device(std::ssize(ones), ones),
                on_bias = on_device(std::ssize(biases), biases), theirs = on_device(all, {}),
                kept = on_device(before ? all : 1, {}), ours = on_device(results, sums);
  Product<float> probe = product;
  probe.a.data = address(on_a);
  probe.b.data = address(on_b);
  probe.bias = address(on_bias);
  probe.c = address(theirs);
  if (before) probe.before = address(kept);
  multiply(probe);

  const auto looked_at = [&](const Storage& memory) {
    Values read(static_cast<std::size_t>((rows - 1) * c_stride + (count - 1) * c_step + n)), found;
    runtime.read(read.data(), memory.data(), read.size() * sizeof(float));
    for (Size i = 0; i < rows; ++i) {
      for (Size g = 0; g < count; ++g) {
        const auto first = read.begin() + i * c_stride + g * c_step;
        found.insert(found.end(), first, first + n);
      }
    }
    return found;
  };
  if (before && !agree(looked_at(kept), sums)) return false;
  activate<float>(activation, results, address(ours), address(ours));
  Values expected(sums.size());
  runtime.read(expected.data(), ours.data(), ours.bytes());
  return agree(looked_at(theirs), expected);
}

}  // namespace seqrl::cuda

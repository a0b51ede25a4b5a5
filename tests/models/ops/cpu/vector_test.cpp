#include "models/ops/cpu/vector.h"

#include <cstdint>
#include <vector>

#include "tests/catch.h"

using namespace seqrl::cpu;

namespace {

// Terms whose sum in floating point depends on its order.
template <typename T>
std::vector<T> terms(std::int64_t n) {
  std::vector<T> values;
  for (std::int64_t i = 0; i < n; ++i) {
    values.push_back(static_cast<T>((i * 7919) % 1009 - 500) / static_cast<T>(1 + i % 13));
  }
  return values;
}

}  // namespace

TEMPLATE_TEST_CASE("ordered_sum adds 16 partial sums pairwise", "", float, double) {
  using T = TestType;
  for (const std::int64_t n : {0, 1, 15, 16, 17, 64, 100}) {
    const std::vector<T> values = terms<T>(n);
    T sums[16] = {};
    for (std::int64_t i = 0; i < n; ++i) sums[i % 16] += values[static_cast<std::size_t>(i)];
    for (int half = 8; half > 0; half /= 2) {
      for (int lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
    }
    CAPTURE(n);
    CHECK(ordered_sum<T>(n, [&](std::int64_t i) { return values[static_cast<std::size_t>(i)]; }) ==
          sums[0]);
  }
}

TEMPLATE_TEST_CASE("a pack computes with 16 numbers", "", float, double) {
  using T = TestType;
  const std::vector<T> a = terms<T>(16), b = terms<T>(40);
  std::vector<T> out(16);
  store(out.data(), load_pack(a.data()) * load_pack(b.data() + 20) + load_pack(b.data()) * T{3});
  for (std::size_t i = 0; i < out.size(); ++i) {
    CAPTURE(i);
    CHECK(out[i] == Approx(a[i] * b[i + 20] + b[i] * 3));
  }
}

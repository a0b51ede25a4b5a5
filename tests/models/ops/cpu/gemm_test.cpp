#include "models/ops/cpu/gemm.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "models/ops/instruction_set.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

// One chain of fused multiply-adds over k, as gemm.h promises.
template <typename T>
std::vector<T> plain(std::int64_t m, std::int64_t n, std::int64_t k, op::MatrixView<T> a,
                     op::MatrixView<T> b, const std::vector<T>& start) {
  std::vector<T> c;
  const bool fuses = std::string_view(instruction_set()) != "SSE2";
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      T sum = start[static_cast<std::size_t>(i * n + j)];
      for (std::int64_t l = 0; l < k; ++l) {
        const T x = a.data[i * a.row_stride + l * a.column_stride];
        const T y = b.data[l * b.row_stride + j * b.column_stride];
        sum = fuses ? std::fma(x, y, sum) : sum + x * y;
      }
      c.push_back(sum);
    }
  }
  return c;
}

// Bitwise if the compiler optimises: only then does it form gemm.cpp's multiply-adds.
template <typename T>
bool same(const std::vector<T>& c, const std::vector<T>& expected) {
#ifdef NDEBUG
  return c == expected;
#else
  return std::ranges::equal(c, expected, [](T x, T y) { return std::abs(x - y) < T(1e-4); });
#endif
}

template <typename T>
std::vector<T> drawn(std::int64_t count, std::uint32_t index) {
  const std::vector<double> values = draws(count, index);
  return {values.begin(), values.end()};
}

template <typename T>
void check_products() {
  struct Size {
    std::int64_t m, n, k;
  };
  for (const auto [m, n, k] :
       {Size{1, 1, 1}, {13, 33, 7}, {25, 64, 300}, {3, 5, 0}, {50, 16, 16}}) {
    INFO(m << " " << n << " " << k);
    const std::vector<T> left = drawn<T>(m * k + 1, 0), right = drawn<T>(k * n + 1, 1);
    const std::vector<T> bias = drawn<T>(n, 2), before = drawn<T>(m * n, 3);
    std::vector<T> bias_rows;
    for (std::int64_t i = 0; i < m; ++i)
      bias_rows.insert(bias_rows.end(), bias.begin(), bias.end());
    const std::vector<T> zeros(before.size());
    for (const bool across : {false, true}) {
      const auto a = across ? op::transposed(left.data(), m) : op::row_major(left.data(), k);
      const auto b = across ? op::transposed(right.data(), k) : op::row_major(right.data(), n);
      std::vector<T> c = before;
      cpu::gemm<T>(m, n, k, a, b, c.data(), n, op::Start::zero);
      CHECK(same(c, plain(m, n, k, a, b, zeros)));
      cpu::gemm<T>(m, n, k, a, b, c.data(), n, op::Start::bias, bias.data());
      CHECK(same(c, plain(m, n, k, a, b, bias_rows)));
      c = before;
      cpu::gemm<T>(m, n, k, a, b, c.data(), n, op::Start::accumulate);
      const std::vector<T> sum = plain(m, n, k, a, b, before);
      CHECK(same(c, sum));

      std::vector<T> panels(static_cast<std::size_t>(cpu::packed_size<T>(k, n)) + 1);
      cpu::pack(b, k, n, panels.data());
      c = before;
      cpu::gemm_packed(m, n, k, a, panels.data(), c.data(), n, op::Start::accumulate);
      CHECK(same(c, sum));
    }
  }
}

}  // namespace

TEST_CASE("elements of a product are chains of fused multiply-adds bit for bit, packed or not") {
  check_products<float>();
  check_products<double>();
}

TEST_CASE("a product counts its operations") {
  const std::vector<float> a(12, 1), b(20, 1);
  std::vector<float> c(15);
  const std::uint64_t before = cpu::matrix_flops();
  cpu::gemm<float>(3, 5, 4, op::row_major(a.data(), 4), op::row_major(b.data(), 5), c.data(), 5,
                   op::Start::zero);
  CHECK(cpu::matrix_flops() - before == 2 * 3 * 5 * 4);
  CHECK(c == std::vector<float>(15, 4.0f));
}

#include "models/ops/matrix_product.h"

#include <vector>

#include "models/ops/linear.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("panels contain every element of a weight once, and otherwise zeros") {
  std::vector<float> weight(5 * 3);
  double sum = 0;
  for (std::size_t i = 0; i < weight.size(); ++i) sum += weight[i] = static_cast<float>(1 << i);
  const Tensor w(weight.data(), {5, 3}, DType::f32);
  const std::size_t forward = panel_bytes(DType::f32, 3, 5);
  const std::size_t backward = panel_bytes(DType::f32, 5, 3);
  CHECK(forward % 64 == 0);
  CHECK(forward >= weight.size() * sizeof(float));
  const Storage there(forward), back(backward);
  const auto sum_of = [](const Storage& memory) {
    double total = 0;
    const auto* values = reinterpret_cast<const float*>(memory.data());
    for (std::size_t i = 0; i < memory.bytes() / sizeof(float); ++i) total += values[i];
    return total;
  };
  pack_weight(w, there.data(), nullptr);
  CHECK(sum_of(there) == sum);
  CHECK(sum_of(back) == 0);
  pack_weight(w, there.data(), back.data());
  CHECK(sum_of(back) == sum);
}

#include "models/ops/linear.h"

#include <array>
#include <utility>

#include "models/ops/attention.h"
#include "models/ops/elementwise.h"
#include "models/ops/norm.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

TEST_CASE("linear on CUDA matches the CPU, with and without bias and activation") {
  for (auto [rows, in, out] :
       {std::array{3, 4, 5}, {1, 1, 1}, {0, 3, 2}, {65, 33, 31}, {257, 16, 8}}) {
    for (const Activation activation :
         {Activation::none, Activation::relu, Activation::gelu, Activation::tanh}) {
      CAPTURE(rows, in, out, static_cast<int>(activation));
      CHECK(DeviceComparison{}({{rows, in}, {out, in}, {out}}, [&](Tape&, const auto& inputs) {
              return linear(inputs[0], inputs[1], inputs[2], activation);
            }) == "");
    }
    CHECK(DeviceComparison{}({{rows, in}, {out, in}}, [](Tape&, const auto& inputs) {
            return add(linear(inputs[0], inputs[1], {}), linear(inputs[0], inputs[1], {}));
          }) == "");
  }
}

TEST_CASE("linear on CUDA matches the CPU if x is its weight or its bias") {
  CHECK(DeviceComparison{}({{7, 7}}, [](Tape&, const auto& inputs) {
          return linear(inputs[0], inputs[0], {});
        }) == "");
  CHECK(DeviceComparison{}({{7}, {7, 7}}, [](Tape&, const auto& inputs) {
          return linear(inputs[0], inputs[1], inputs[0]);
        }) == "");
}

TEST_CASE("grouped_linear on CUDA matches the CPU") {
  for (auto [rows, in, out] : {std::array{5, 3, 4}, {9, 5, 1}, {70, 16, 33}}) {
    CAPTURE(rows, in, out);
    CHECK(DeviceComparison{}(
              {{rows, 2 * in}, {2 * out, in}, {2 * out}}, [](Tape&, const auto& inputs) {
                return grouped_linear(inputs[0], inputs[1], inputs[2], 2, Activation::relu);
              }) == "");
  }
}

// A norm and attention sum up the rows of the gradient that they return to a layer. Its bias uses
// these sums, unless something else is added to the gradient, before or after.
TEST_CASE("a bias on CUDA gets the whole gradient for all uses of its layer's outputs") {
  DeviceComparison compare{.atol = 5e-5, .exact = 1e-9};  // sums of 200 terms
  compare.pass.training = true;
  compare.pass.seed = 5;
  enum class Uses { one, earlier, later, both };
  for (const Uses uses : {Uses::one, Uses::earlier, Uses::later, Uses::both}) {
    CAPTURE(static_cast<int>(uses));
    // `into` sums rows; a gate reads the same outputs.
    const auto use = [uses](const Tensor& y, const auto& into) {
      Tensor result;
      const auto join = [&](const Tensor& z) { result = result.defined() ? add(result, z) : z; };
      if (uses == Uses::earlier || uses == Uses::both) join(multiply(y, y));
      const Tensor made = into(y);
      if (uses == Uses::later || uses == Uses::both) join(gate_silu(y, y));
      join(made);
      return result;
    };
    for (const std::int64_t rows : {3, 200}) {
      CAPTURE(rows);
      CHECK(
          compare({{rows, 12}, {64, 12}, {64}, {rows, 64}, {64}, {64}}, [&](Tape&, const auto& in) {
            return use(linear(in[0], in[1], in[2]), [&](const Tensor& y) {
              return add_dropout_norm(in[3], y, 0.2, in[4], in[5]).normalized;
            });
          }) == "");
    }
    for (const auto& [time, heads] : {std::pair(5, 1), {70, 2}, {40, 3}}) {
      CAPTURE(time, heads);
      const std::int64_t dim = 12;
      CHECK(compare({{2, time, 6}, {3 * dim, 6}, {3 * dim}, {dim, 3 * dim}},
                    [&, heads = heads](Tape&, const auto& in) {
                      const auto narrow = [&](const Tensor& y) { return linear(y, in[3], {}); };
                      const Tensor y = linear(in[0], in[1], in[2]);
                      const auto attend = [&](const Tensor& qkv) {
                        return attention(qkv, {heads, 0, 0.2});
                      };
                      if (uses == Uses::one) return attend(y);
                      if (uses == Uses::earlier) {
                        const Tensor other = narrow(y);
                        return add(other, attend(y));
                      }
                      const Tensor made = attend(y);
                      return add(uses == Uses::both ? attend(y) : narrow(y), made);
                    }) == "");
    }
  }
}

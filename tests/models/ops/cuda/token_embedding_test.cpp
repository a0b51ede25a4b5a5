#include "models/ops/token_embedding.h"

#include <array>
#include <cmath>
#include <vector>

#include "models/ops/linear.h"
#include "models/ops/tokens.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"
#include "tests/models/cuda/device_under_test.h"

using namespace seqrl;

namespace {

struct Case {
  std::int64_t batch, time, dim, table;
  std::int64_t widths[3];
};
constexpr Case kCases[] = {{1, 1, 1, 1, {1, 1, 1}},   {2, 3, 4, 5, {1, 11, 3}},
                           {3, 50, 33, 7, {2, 1, 5}}, {2, 200, 16, 300, {1, 4, 2}},
                           {0, 3, 4, 2, {1, 2, 3}},   {2, 2, 8, 3, {1, 70, 2}}};

std::vector<Shape> shapes_of(const Case& of) {
  std::vector<Shape> shapes = {{of.table, of.dim}};
  for (const std::int64_t width : of.widths) {
    shapes.insert(shapes.end(), {{of.batch, of.time, width}, {of.dim, width}, {of.dim}});
  }
  return shapes;
}

// For inputs from shapes_of(); x is a constant.
template <typename Embed>
Tensor embedded(Tape& tape, const std::vector<Tensor>& in, const Case& of, bool outside,
                const Embed& embed) {
  std::vector<std::int32_t> ids(static_cast<std::size_t>(of.batch * of.time));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ids[i] = static_cast<std::int32_t>(i * 7 % static_cast<std::size_t>(of.table));
  }
  if (outside) ids.back() = static_cast<std::int32_t>(of.table);
  std::array<TokenPart, 3> parts;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    parts[p] = {in[3 * p + 1].frozen(), in[3 * p + 2], in[3 * p + 3]};
  }
  return embed(parts, in[0], make_constant(tape, {of.batch, of.time}, ids));
}

}  // namespace

TEST_CASE("embed_tokens on CUDA matches the CPU") {
  for (const Case& of : kCases) {
    CAPTURE(of.batch, of.time, of.dim, of.widths[1]);
    CHECK(DeviceComparison{}(shapes_of(of), [&](Tape& tape, const auto& in) {
            return embedded(tape, in, of, false, embed_tokens);
          }) == "");
  }
}

TEST_CASE("embed_tokens matches linear, embedding and interleave") {
  const auto separate = [](const std::array<TokenPart, 3>& parts, const Tensor& table,
                           const Tensor& ids) {
    const auto embed = [](const TokenPart& part) { return linear(part.x, part.weight, part.bias); };
    return interleave({embed(parts[0]), embed(parts[1]), embed(parts[2])}, embedding(table, ids));
  };
  const Case& of = kCases[1];
  for (const Device device : {Device::cpu, Device::cuda}) {
    const auto run = [&](const auto& embed) {
      Tape tape(device);
      tape.begin({});
      std::vector<Tensor> in;
      for (const Shape& shape : shapes_of(of)) {
        const auto drawn = draws(shape.size(), static_cast<std::uint32_t>(in.size()));
        in.push_back(make_constant(tape, shape, std::vector<float>(drawn.begin(), drawn.end())));
      }
      return values_of<float>(embedded(tape, in, of, false, embed));
    };
    const std::vector<float> one = run(embed_tokens), other = run(separate);
    REQUIRE(one.size() == other.size());
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i] == Approx(other[i]).margin(1e-6));
  }
}

TEST_CASE("a time step outside the table gives NaN on CUDA") {
  const Case& of = kCases[1];
  Tape tape(Device::cuda);
  tape.begin({});
  std::vector<Tensor> in;
  for (const Shape& shape : shapes_of(of)) {
    const std::vector<float> ones(static_cast<std::size_t>(shape.size()), 1.0f);
    in.push_back(make_constant(tape, shape, ones));
  }
  const std::vector<float> y = values_of<float>(embedded(tape, in, of, true, embed_tokens));
  for (std::size_t i = 0; i < y.size(); ++i) {
    CHECK(std::isnan(y[i]) == (i >= y.size() - static_cast<std::size_t>(3 * of.dim)));
  }
}

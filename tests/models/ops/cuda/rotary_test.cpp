#include "models/ops/rotary.h"

#include <array>

#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

TEST_CASE("rotary on CUDA matches the CPU") {
  for (auto [batch, time, heads, size] :
       {std::array{2, 5, 3, 4}, {1, 1, 1, 2}, {3, 31, 2, 16}, {0, 3, 2, 4}}) {
    CAPTURE(batch, time, heads, size);
    CHECK(DeviceComparison{}({{batch, time, 3 * heads * size}},
                             [t = time, s = size](Tape& tape, const auto& in) {
                               return rotary(in[0], rotary_table(tape, in[0].dtype(), 1000, t, s));
                             }) == "");
  }
}

TEST_CASE("rotary on CUDA reads its start position from device memory") {
  constexpr std::int64_t first = 1000, time = 3, size = 4;
  const Storage position(sizeof first, Device::cuda);
  runtime_of(Device::cuda).write(position.data(), &first, sizeof first);
  Tape tape(Device::cuda);
  tape.begin({});
  const Position there(0, reinterpret_cast<const std::int64_t*>(position.data()));
  CHECK(values_of<float>(rotary_table(tape, DType::f32, there, time, size)) ==
        values_of<float>(rotary_table(tape, DType::f32, first, time, size)));
}

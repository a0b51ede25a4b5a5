#include "models/core/tensor.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "models/core/to_tensor.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("a tensor is a view: copies and reshaped tensors share elements") {
  const Storage memory(6 * sizeof(float));
  const Tensor x(memory.data(), {2, 3}, DType::f32), copy = x;
  copy.data<float>()[4] = 5;
  const Tensor column = x.reshaped({6, 1});
  CHECK(column.shape() == Shape{6, 1});
  CHECK(column.data<float>()[4] == 5);
  CHECK(x.bytes() == 24);
  CHECK(x.dim(1) == 3);
  CHECK_FALSE(Tensor().defined());
}

TEST_CASE("elements of a different type and shapes of a different size are rejected") {
  const Storage memory(64);
  const Tensor x(memory.data(), {2, 3}, DType::f32);
  CHECK_THROWS_AS(x.data<double>(), Error);
  CHECK_THROWS_AS(x.span<std::int32_t>(), Error);
  CHECK_THROWS_AS(x.reshaped({7}), Error);
  const Tensor y(memory.data(), {2, 2}, DType::f32);
  CHECK_THROWS_AS(copy(x, y), Error);
  CHECK_THROWS_AS(write<float>(std::vector<float>(5), x), Error);
}

TEST_CASE("parameters have an offset in their block, and frozen ones get no gradient") {
  const Storage memory(64);
  const Tensor plain(memory.data(), {4}, DType::f32);
  CHECK_FALSE(plain.requires_gradient());
  CHECK_FALSE(plain.is_parameter());
  for (const std::int64_t offset : {0, 16, 1600}) {
    const Tensor parameter = plain.as_parameter(offset);
    CHECK(parameter.is_parameter());
    CHECK(parameter.requires_gradient());
    CHECK(parameter.parameter_offset() == offset);
    CHECK(parameter.reshaped({2, 2}).parameter_offset() == offset);
    CHECK_FALSE(parameter.frozen().requires_gradient());
    CHECK(parameter.frozen().is_parameter());
  }
}

TEST_CASE("storage is aligned, initialized to zero, and moved without copying") {
  Storage a(100);
  CHECK(reinterpret_cast<std::uintptr_t>(a.data()) % 64 == 0);
  for (std::size_t i = 0; i < a.bytes(); ++i) CHECK(a.data()[i] == std::byte{0});
  std::byte* data = a.data();
  const Storage b(std::move(a));
  CHECK(b.data() == data);
  CHECK(b.bytes() == 100);
  CHECK(a.data() == nullptr);
  const Storage empty(0);  // no elements, but defined
  CHECK(Tensor(empty.data(), {0, 3}, DType::f32).defined());
}

TEST_CASE("to_tensor converts numbers to the requested type on a tape") {
  Tape tape;
  tape.begin({.record = true});
  const std::vector<double> values = {1.5, -2, 0.1};
  const Tensor x = to_tensor(tape, values.data(), {3}, DType::f32);
  CHECK(x.data<float>()[0] == 1.5f);
  CHECK(x.data<float>()[2] == 0.1f);
  CHECK(x.tape() == &tape);
  CHECK_FALSE(x.requires_gradient());
  const Tensor y = copy_on(tape, x);
  CHECK(y.raw() != x.raw());
  CHECK(y.data<float>()[1] == -2);
}

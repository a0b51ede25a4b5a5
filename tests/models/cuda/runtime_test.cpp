#include "models/core/device.h"

#include <vector>

#include "models/core/tensor.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

namespace {

Tensor on(const Storage& storage, std::int64_t count) {
  return {storage.data(), {count}, DType::f32, storage.device()};
}

}  // namespace

TEST_CASE("a capture does nothing, and every replay does what was captured") {
  const Storage a(8, Device::cuda), b(8, Device::cuda);
  const auto graph = runtime_of(Device::cuda).capture([&] {
    copy(on(a, 2), on(b, 2));
    zero(on(a, 2));
  });
  CHECK(graph->size() == 2);
  const std::vector<float> values = {1, 2}, zeros = {0, 0};
  write<float>(values, on(a, 2));
  CHECK(values_of<float>(on(b, 2)) == zeros);
  graph->replay();
  CHECK(values_of<float>(on(b, 2)) == values);
  CHECK(values_of<float>(on(a, 2)) == zeros);
  graph->replay();
  CHECK(values_of<float>(on(b, 2)) == zeros);
}

TEST_CASE("work that throws while it is captured leaves a device that works") {
  DeviceRuntime& cuda = runtime_of(Device::cuda);
  CHECK_THROWS_AS(cuda.capture([] { throw std::runtime_error("stop"); }), std::runtime_error);
  const Storage a(4, Device::cuda);
  write<float>(std::vector{3.0f}, on(a, 1));
  CHECK(values_of<float>(on(a, 1)) == std::vector{3.0f});
}

TEST_CASE("a device knows how much of its memory is taken") {
  DeviceRuntime& cuda = runtime_of(Device::cuda);
  const std::size_t before = cuda.allocated();
  {
    const Storage storage(1 << 20, Device::cuda);
    CHECK(cuda.allocated() >= before + (1 << 20));
  }
  CHECK(cuda.allocated() == before);
}

#include "models/core/device.h"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <vector>

#include "models/core/transfer.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"
#include "tests/models/cuda/device_under_test.h"

using namespace seqrl;

namespace {

Tensor on(const Storage& storage, std::int64_t count) {
  return {storage.data(), {count}, DType::f32, storage.device()};
}

}  // namespace

TEST_CASE("a capture runs nothing, and every replay runs the captured work") {
  const Storage a(8, Device::cuda), b(8, Device::cuda);
  const auto graph = runtime_of(Device::cuda).capture([&] {
    copy(on(a, 2), on(b, 2));
    zero(on(a, 2));
  });
  CHECK(graph->size() >= 2);
  if (emulated()) CHECK(graph->size() == 2);  // a driver may take more nodes
  const std::vector<float> values = {1, 2}, zeros = {0, 0};
  write<float>(values, on(a, 2));
  CHECK(values_of<float>(on(b, 2)) == zeros);
  graph->replay();
  CHECK(values_of<float>(on(b, 2)) == values);
  CHECK(values_of<float>(on(a, 2)) == zeros);
  graph->replay();
  CHECK(values_of<float>(on(b, 2)) == zeros);
}

TEST_CASE("overlapping work finishes before the work after it, captured or not") {
  DeviceRuntime& cuda = runtime_of(Device::cuda);
  const Storage a(4, Device::cuda), b(4, Device::cuda), sum(4, Device::cuda);
  const auto work = [&] {
    cuda.overlap([&] { cuda.fill(on(a, 1).data<float>(), 1, 1); },
                 [&] {
                   cuda.fill(on(b, 1).data<float>(), 2, 1);
                   cuda.overlap([&] { copy(on(b, 1), on(sum, 1)); }, [] {});
                 });
    copy(on(a, 1), on(b, 1));
  };
  const auto check = [&] {
    CHECK(values_of<float>(on(sum, 1)) == std::vector<float>{2});
    CHECK(values_of<float>(on(b, 1)) == std::vector<float>{1});
    zero(on(sum, 1));
    zero(on(b, 1));
  };
  work();
  check();
  const auto graph = cuda.capture(work);
  for (int i = 0; i < 2; ++i) {
    graph->replay();
    check();
  }
}

TEST_CASE("the device works after captured work throws") {
  DeviceRuntime& cuda = runtime_of(Device::cuda);
  CHECK_THROWS_AS(cuda.capture([] { throw std::runtime_error("stop"); }), std::runtime_error);
  const Storage a(4, Device::cuda);
  write<float>(std::vector{3.0f}, on(a, 1));
  CHECK(values_of<float>(on(a, 1)) == std::vector{3.0f});
}

TEST_CASE("the device works after overlapping work throws, captured or not") {
  DeviceRuntime& cuda = runtime_of(Device::cuda);
  const Storage a(4, Device::cuda), b(4, Device::cuda);
  const auto fill = [&] { cuda.fill(on(a, 1).data<float>(), 1, 1); };
  const auto stop = [] { throw std::runtime_error("stop"); };
  const auto both = [&](const auto& one, const auto& other) {
    return [&] { cuda.overlap(one, other); };
  };
  for (const auto& work :
       {std::function<void()>(both(fill, stop)), std::function<void()>(both(stop, fill))}) {
    CHECK_THROWS_AS(work(), std::runtime_error);
    CHECK_THROWS_AS(cuda.capture(work), std::runtime_error);
    const auto graph = cuda.capture(both([&] { copy(on(a, 1), on(b, 1)); }, [] {}));
    write<float>(std::vector{3.0f}, on(a, 1));
    graph->replay();
    CHECK(values_of<float>(on(b, 1)) == std::vector{3.0f});
  }
}

TEST_CASE("a host buffer waits for its queued copies before it is accessed") {
  const Storage a(8, Device::cuda);
  HostBuffer to(8, Device::cuda), from(8, Device::cuda);
  for (const float value : {1.0f, 2.0f, 3.0f}) {
    to.values<float>()[1] = value;
    to.queue_write(a.data(), 8);
    from.queue_read(on(a, 2));
    CHECK(from.values<float>()[1] == value);
  }
}

TEST_CASE("an upload sends the host's values even if the host writes the next ones early") {
  Upload upload({{{3}, DType::i32}, {{2}, DType::f32}}, Device::cuda);
  std::vector<Storage> seen;
  for (int i = 0; i < 9; ++i) {
    std::ranges::fill(upload.on_host<std::int32_t>(0), i);
    std::ranges::fill(upload.on_host<float>(1), 0.5f * static_cast<float>(i));
    upload.send();
    copy(upload.on_device(1), on(seen.emplace_back(8, Device::cuda), 2));
  }
  CHECK(values_of<std::int32_t>(upload.on_device(0)) == std::vector{8, 8, 8});
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CHECK(values_of<float>(on(seen[i], 2))[1] == 0.5f * static_cast<float>(i));
  }
}

TEST_CASE("a device reports how much memory is allocated") {
  DeviceRuntime& cuda = runtime_of(Device::cuda);
  const std::size_t before = cuda.allocated();
  {
    const Storage storage(1 << 20, Device::cuda);
    CHECK(cuda.allocated() >= before + (1 << 20));
  }
  CHECK(cuda.allocated() == before);
}

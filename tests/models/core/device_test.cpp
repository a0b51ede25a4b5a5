#include "models/core/device.h"

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "models/core/alignment.h"
#include "models/core/tensor.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("without a GPU, allocating CUDA memory fails with a one-line reason") {
  if (!cuda_problem()) {
    CHECK(&runtime_of(Device::cuda) != &runtime_of(Device::cpu));
    return;
  }
  const std::string expected =
      std::string("CUDA is not available: ") + cuda_problem() + "; use device: cpu";
  CHECK(expected.find('\n') == std::string::npos);
  CHECK_THROWS_WITH(runtime_of(Device::cuda), expected);
  CHECK_THROWS_WITH(Storage(64, Device::cuda), expected);
}

TEST_CASE("memory of any size is aligned and writable to its end") {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{4095}, (std::size_t{5} << 20) + 3}) {
    const Storage storage(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(storage.data()) % kMemoryAlignment == 0);
    CHECK(storage.data()[bytes - 1] == std::byte{0});
    storage.data()[bytes - 1] = std::byte{1};
  }
}

TEST_CASE("host memory can be written, copied, read and cleared") {
  std::vector<float> values(100);
  std::iota(values.begin(), values.end(), 1.0f);
  const Storage a(400), b(400);
  const Tensor from(a.data(), {100}, DType::f32), to(b.data(), {100}, DType::f32);
  write<float>(values, from);
  copy(from, to);
  std::vector<float> read_back(100);
  read<float>(to, read_back);
  CHECK(read_back == values);
  zero(to);
  read<float>(to, read_back);
  CHECK(read_back == std::vector<float>(100, 0.0f));
}

#include "models/ops/cuda/reduce.h"

#include <array>

#include "tests/catch.h"
#include "tests/models/cuda/compare.h"
#include "tests/models/cuda/device_under_test.h"

using namespace seqrl;

TEST_CASE("sums into one place on CUDA are added in order") {
  const Storage parts_memory(3 * sizeof(float), Device::cuda), memory(sizeof(float), Device::cuda);
  const Tensor parts(parts_memory.data(), {3}, DType::f32, Device::cuda);
  const Tensor out(memory.data(), {1}, DType::f32, Device::cuda);
  write<float>(std::array{1.0f, 1e8f, -1e8f}, parts);
  std::array<cuda::PartSum<float>, 3> sums;
  for (int i = 0; i < 3; ++i) {
    sums[static_cast<std::size_t>(i)] = {parts.data<float>() + i, out.data<float>(), 1, 1};
  }
  for (const bool backwards : {false, true}) {
    run_threads_backwards(backwards);
    zero(out);
    cuda::add_up<float>(sums);
    CHECK(values_of<float>(out)[0] == 0.0f);  // another order gives 1
  }
  run_threads_backwards(false);
}

TEST_CASE("a sum on CUDA that does not accumulate overwrites old values") {
  const Storage parts_memory(4 * sizeof(float), Device::cuda);
  const Storage memory(2 * sizeof(float), Device::cuda);
  const Tensor parts(parts_memory.data(), {2, 2}, DType::f32, Device::cuda);
  const Tensor out(memory.data(), {2}, DType::f32, Device::cuda);
  write<float>(std::array{1.0f, 2.0f, 3.0f, 4.0f}, parts);
  for (const bool accumulate : {false, true}) {
    write<float>(std::array{10.0f, 20.0f}, out);
    const cuda::PartSum<float> sum{parts.data<float>(), out.data<float>(), 2, 2, accumulate};
    cuda::add_up<float>({&sum, 1});
    CHECK(values_of<float>(out) ==
          (accumulate ? std::vector{14.0f, 26.0f} : std::vector{4.0f, 6.0f}));
  }
}

// Races are found, and accesses that only look like races are not reported.
#include "race_checker.h"

#include "cuda_emulation.h"
#include "emulated_runtime.h"
#include "models/core/tape.h"
#include "models/ops/cuda/kernel.cuh"
#include "tests/catch.h"

using namespace seqrl;
using Catch::Contains;

namespace {

// Each thread reads what its neighbour wrote.
enum class Wait { none, warp, block };
template <Wait wait, int kNeighbour>
__global__ void exchange(float* values) {
  auto* shared = cuda::shared_memory<float>();
  shared[threadIdx.x] = values[threadIdx.x];
  if (wait == Wait::warp) __syncwarp();
  if (wait == Wait::block) __syncthreads();
  values[threadIdx.x] = shared[threadIdx.x ^ kNeighbour];
}

// One thread writes what all read.
template <Wait wait>
__global__ void replace(float* values) {
  auto* shared = cuda::shared_memory<float>();
  if (threadIdx.x == 0) *shared = values[0];
  __syncthreads();
  values[threadIdx.x] = *shared;
  if (wait == Wait::block) __syncthreads();
  if (threadIdx.x == 1) *shared = values[1];
}

// A shuffle does not order memory accesses.
__global__ void exchange_at_a_shuffle(float* values) {
  auto* shared = cuda::shared_memory<float>();
  shared[threadIdx.x] = cuda::warp_sum(values[threadIdx.x]);
  cuda::warp_sum(1.0F);
  values[threadIdx.x] = shared[threadIdx.x ^ 1];
}

// Copies for a neighbour, which must not only wait for its own copies.
template <Wait wait>
__global__ void copy_for_neighbour(float* values) {
  auto* shared = cuda::shared_memory<float>();
  cuda::copy_ahead(shared + (threadIdx.x ^ 32), values + threadIdx.x);
  cuda::close_copies();
  cuda::wait_for_copies<0>();
  if (wait == Wait::block) __syncthreads();
  values[threadIdx.x] = shared[threadIdx.x];
}

// Blocks with parts `apart` elements apart; all read the first part if kReads.
template <bool kReads>
__global__ void fill(float* values, int apart) {
  float* own = values + blockIdx.x * static_cast<unsigned>(apart) + threadIdx.x;
  *own = kReads ? values[threadIdx.x] : 1;
}

// The race found in values of 256 elements; "" if none.
template <typename... Given>
std::string race_of(void (*kernel)(float*, Given...), int blocks, Given... given) {
  const Storage memory(256 * sizeof(float), Device::cuda);
  for (const auto order : {emulation::Order::ascending, emulation::Order::descending}) {
    emulation::set_order(order);
    cuda::launch(kernel, blocks, 64, 64 * sizeof(float), reinterpret_cast<float*>(memory.data()),
                 given...);
    try {
      emulation::set_order(emulation::Order::ascending);  // waits
    } catch (const std::logic_error& error) {
      emulation::set_order(emulation::Order::ascending);
      return error.what();
    }
  }
  return "";
}

}  // namespace

TEST_CASE("threads without a barrier race in shared memory") {
  CHECK_THAT(race_of(exchange<Wait::none, 32>, 1), Contains("shared") && Contains("__syncthreads"));
  CHECK_THAT(race_of(exchange<Wait::warp, 32>, 1), Contains("shared") && Contains("__syncthreads"));
  CHECK(race_of(exchange<Wait::block, 32>, 1) == "");
  CHECK_THAT(race_of(replace<Wait::none>, 1), Contains("a read by") && Contains("and a write by"));
  CHECK(race_of(replace<Wait::block>, 1) == "");
}

TEST_CASE("lanes of a warp also race, and a shuffle is not a barrier") {
  CHECK_THAT(race_of(exchange<Wait::none, 1>, 1), Contains("__syncwarp"));
  CHECK_THAT(race_of(exchange_at_a_shuffle, 1), Contains("__syncwarp"));
  CHECK(race_of(exchange<Wait::warp, 1>, 1) == "");
  CHECK(race_of(exchange<Wait::block, 1>, 1) == "");
}

TEST_CASE("waiting for own copies does not wait for those of other threads") {
  CHECK_THAT(race_of(copy_for_neighbour<Wait::none>, 1), Contains("__syncthreads"));
  CHECK(race_of(copy_for_neighbour<Wait::block>, 1) == "");
}

TEST_CASE("blocks race in device memory") {
  CHECK_THAT(race_of(fill<false>, 2, 0), Contains("device") && Contains("blocks"));
  CHECK_THAT(race_of(fill<false>, 2, 63), Contains("device") && Contains("blocks"));
  CHECK_THAT(race_of(fill<true>, 2, 64), Contains("device") && Contains("blocks"));
  CHECK(race_of(fill<false>, 4, 64) == "");
}

TEST_CASE("a race is reported with its source lines") {
  CHECK_THAT(race_of(fill<false>, 2, 0),
             Contains("thread 0 of block 0 (race_checker_test.cpp:") &&
                 Contains("thread 0 of block 1 (race_checker_test.cpp:"));
}

TEST_CASE("the sides of an overlap race if one writes what the other uses, captured or not") {
  DeviceRuntime& cuda = runtime_of(Device::cuda);
  const Storage memory(256 * sizeof(float), Device::cuda);
  auto* values = reinterpret_cast<float*>(memory.data());
  const auto sides = [&](int from, int to) {
    return [&cuda, values, from, to] {
      cuda.overlap([=] { cuda::launch(fill<false>, 1, 64, 0, values, 0); },
                   [=, &cuda] { cuda.copy(values + to, values + from, 64 * sizeof(float)); });
    };
  };
  for (const auto order : {emulation::Order::ascending, emulation::Order::descending}) {
    emulation::set_order(order);
    for (const auto& shared : {sides(128, 32), sides(32, 128)}) {
      const auto graph = cuda.capture(shared);
      shared();
      CHECK_THROWS_WITH(emulation::finish(), Contains("overlap"));
      graph->replay();
      CHECK_THROWS_WITH(emulation::finish(), Contains("overlap"));
    }
    const auto apart = sides(128, 64);
    const auto graph = cuda.capture(apart);
    for (int i = 0; i < 2; ++i) apart(), graph->replay();
    cuda::launch(fill<false>, 1, 64, 0, values + 64, 0);  // after both
    CHECK_NOTHROW(emulation::finish());
  }
  emulation::set_order(emulation::Order::ascending);
}

// The emulated device finds errors in kernels.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "cuda_emulation.h"
#include "emulated_runtime.h"
#include "models/core/tape.h"
#include "models/ops/cuda/kernel.cuh"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

namespace {

__global__ void reverse(int* values) {
  int* shared = cuda::shared_memory<int>();
  shared[threadIdx.x] = values[threadIdx.x];
  __syncthreads();
  values[threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}

__global__ void reverse_without_barrier(int* values) {
  int* shared = cuda::shared_memory<int>();
  shared[threadIdx.x] = values[threadIdx.x];
  values[threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}

__global__ void leave_early(int* values) {
  if (threadIdx.x == 3) return;
  __syncthreads();
  values[threadIdx.x] = 0;
}

__global__ void sums(const float* values, float* warps, float* block) {
  const float own = values[threadIdx.x];
  warps[threadIdx.x] = cuda::warp_sum(own);
  block[threadIdx.x] = cuda::block_sum(own, cuda::shared_memory<float>());
}

__global__ void read_shared(float* value) {
  *value = *cuda::shared_memory<float>();
}

// A thread's copies, read after it has waited for them, and before.
__global__ void copy_in_groups(const float* from, float* waited, float* too_early) {
  float* shared = cuda::shared_memory<float>() + 2 * threadIdx.x;
  cuda::copy_ahead(shared, from + threadIdx.x);
  cuda::close_copies();
  cuda::copy_ahead(shared + 1, from + threadIdx.x);
  cuda::close_copies();
  cuda::wait_for_copies<1>();
  waited[threadIdx.x] = shared[0];
  too_early[threadIdx.x] = shared[1];
  cuda::wait_for_copies<0>();
  waited[threadIdx.x] += shared[1];
}

__global__ void vote(int* votes) {
  const unsigned even = __ballot_sync(~0u, threadIdx.x % 2 == 0);
  votes[threadIdx.x] = static_cast<int>(even) + __popc(even);
}

// Reads the neighbour's number through shared memory of the warp.
__global__ void exchange(int* values) {
  int* shared = cuda::shared_memory<int>();
  shared[threadIdx.x] = values[threadIdx.x];
  __syncwarp();
  values[threadIdx.x] = shared[threadIdx.x ^ 1];
}

std::vector<std::int32_t> run(void (*kernel)(int*), emulation::Order order) {
  Tape tape(Device::cuda);
  tape.begin({});
  std::vector<std::int32_t> values(64);
  for (int i = 0; i < 64; ++i) values[static_cast<std::size_t>(i)] = i;
  const Tensor tensor = make_constant(tape, {64}, values);
  emulation::set_order(order);
  cuda::launch(kernel, 1, 64, 64 * sizeof(int), tensor.data<std::int32_t>());
  emulation::set_order(emulation::Order::ascending);
  return values_of<std::int32_t>(tensor);
}

}  // namespace

TEST_CASE("a divisor divides numbers below and above 2^31") {
  const cuda::Size numbers[] = {0,          1,          2,          3,          6,        7,
                                127,        128,        1000,       65535,      65536,    99999999,
                                2147483646, 2147483647, 2147483648, 4294967295, 1LL << 40};
  for (const cuda::Size by : numbers) {
    if (by == 0) continue;
    const cuda::Divisor divisor(by);
    for (const cuda::Size of : numbers) {
      for (const cuda::Size n : {of, of + by, of * 3 / 2, std::max<cuda::Size>(0, of - 1)}) {
        CAPTURE(n, by);
        CHECK(n / divisor == n / by);
        CHECK(n % divisor == n % by);
      }
    }
  }
}

TEST_CASE("threads of a block synchronize at barriers in any order") {
  for (const auto order : {emulation::Order::ascending, emulation::Order::descending}) {
    const auto values = run(reverse, order);
    for (int i = 0; i < 64; ++i) CHECK(values[static_cast<std::size_t>(i)] == 63 - i);
  }
}

TEST_CASE("without a barrier, the order of threads changes the result") {
  CHECK(run(reverse_without_barrier, emulation::Order::ascending) !=
        run(reverse_without_barrier, emulation::Order::descending));
}

TEST_CASE("a thread that returns while others wait is an error, and the next launch works") {
  CHECK_THROWS_AS(run(leave_early, emulation::Order::ascending), std::logic_error);
  CHECK(run(reverse, emulation::Order::ascending)[0] == 63);
}

TEST_CASE("work queued after a failure is not run") {
  const Storage memory(sizeof(float), Device::cuda);
  cuda::launch(leave_early, 1, 64, 0, reinterpret_cast<int*>(memory.data()));
  runtime_of(Device::cuda).fill(reinterpret_cast<float*>(memory.data()), 1, 1);
  CHECK_THROWS_AS(emulation::finish(), std::logic_error);
  CHECK(values_of<float>(Tensor(memory.data(), {1}, DType::f32, Device::cuda))[0] == 0);
}

TEST_CASE("a launch that no device supports is an error") {
  CHECK_THROWS_AS(cuda::launch(read_shared, 1, 33, 0, nullptr), std::logic_error);
  CHECK_THROWS_AS(cuda::launch(read_shared, 1, 2048, 0, nullptr), std::logic_error);
  CHECK_THROWS_AS(cuda::launch(read_shared, 1, 32, 1 << 20, nullptr), std::logic_error);
}

TEST_CASE("shuffles sum over warps and blocks") {
  Tape tape(Device::cuda);
  tape.begin({});
  std::vector<float> values;
  for (int i = 0; i < 96; ++i) values.push_back(static_cast<float>(i));
  const Tensor in = make_constant(tape, {96}, values);
  const Tensor warps = tape.constant({96}, DType::f32), block = tape.constant({96}, DType::f32);
  cuda::launch(sums, 1, 96, 3 * sizeof(float), in.data<float>(), warps.data<float>(),
               block.data<float>());
  const auto of_warps = values_of<float>(warps), of_block = values_of<float>(block);
  for (std::size_t i = 0; i < 96; ++i) {
    CHECK(of_warps[i] == static_cast<float>(32 * (i / 32 * 32) + 31 * 16));
    CHECK(of_block[i] == 95 * 48);
  }
}

TEST_CASE("uninitialized shared and device memory is NaN") {
  const Storage memory(sizeof(float), Device::cuda, Storage::Fill::none);
  const Tensor value(memory.data(), {1}, DType::f32, Device::cuda);
  CHECK(std::isnan(values_of<float>(value)[0]));
  zero(value);
  CHECK(values_of<float>(value)[0] == 0);
  cuda::launch(read_shared, 1, 32, sizeof(float), value.data<float>());
  CHECK(std::isnan(values_of<float>(value)[0]));
}

TEST_CASE("the host crashes if it reads device memory") {
  const Storage memory(64, Device::cuda);
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);
    _exit(static_cast<int>(*memory.data()));
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) != 0)));
}

TEST_CASE("a copy is not visible before it is waited for") {
  Tape tape(Device::cuda);
  tape.begin({});
  const std::vector<float> values(64, 3);
  const Tensor from = make_constant(tape, {64}, values);
  const Tensor waited = tape.constant({64}, DType::f32), early = tape.constant({64}, DType::f32);
  cuda::launch(copy_in_groups, 1, 64, 128 * sizeof(float), from.data<float>(), waited.data<float>(),
               early.data<float>());
  for (const float value : values_of<float>(waited)) CHECK(value == 6);
  for (const float value : values_of<float>(early)) CHECK(std::isnan(value));
}

TEST_CASE("lanes of a warp vote and synchronize") {
  for (const auto order : {emulation::Order::ascending, emulation::Order::descending}) {
    for (const int value : run(vote, order)) CHECK(value == 0x55555555 + 16);
    const auto values = run(exchange, order);
    for (int i = 0; i < 64; ++i) CHECK(values[static_cast<std::size_t>(i)] == (i ^ 1));
  }
}

TEST_CASE("device work is delayed: early reads give NaN, and early writes are read") {
  DeviceRuntime& cuda = runtime_of(Device::cuda);
  const Storage memory(sizeof(float), Device::cuda);
  auto* host = static_cast<float*>(cuda.allocate_host(sizeof(float)));
  *host = 1;
  cuda.queue_write(memory.data(), host, sizeof(float));
  *host = 2;
  CHECK(values_of<float>(Tensor(memory.data(), {1}, DType::f32, Device::cuda))[0] == 2);
  cuda.queue_read(host, memory.data(), sizeof(float));
  CHECK(std::isnan(*host));
  emulation::finish();
  CHECK(*host == 2);
  cuda.release_host(host);
}

TEST_CASE("queued copies accept only memory of allocate_host()") {
  const Storage memory(sizeof(float), Device::cuda);
  float here = 1;
  CHECK_THROWS_AS(runtime_of(Device::cuda).queue_write(memory.data(), &here, sizeof here),
                  std::logic_error);
}

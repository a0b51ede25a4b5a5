// CUDA's additions to C++, as far as models/ops/cuda uses them, on the CPU: the kernels' own source
// runs in tests, on any machine.
//
// A block's threads are fibers that switch at barriers and shuffles. Behaviour that real devices
// leave undefined becomes visible: shared memory and fresh device memory hold NaN, threads that
// wait at different barriers throw, and the host crashes if it reads device memory. Work is done as
// late as possible, when the host waits for it: code that does not wait reads NaN, and data that is
// overwritten too early is read in its new state. Threads and blocks run in ascending or descending
// order: a missing barrier, or a sum that depends on the order of threads, gives different bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

namespace seqrl::emulation {

struct Index {
  unsigned x;
};
extern Index thread_index, block_index, block_size, grid_size;
constexpr unsigned kWarp = 32;

enum class Order { ascending, descending };
void set_order(Order order);
Order order();

// Number of kernels run so far.
std::int64_t launches();

// The device's queue: the work is done when the host waits for it, or stored during a capture.
void submit(const std::function<void()>& work);

// Throws if no device would accept such a launch.
void require_launchable(std::int64_t blocks, int threads, std::size_t shared);

// Runs body(argument) for every thread.
void run(std::int64_t blocks, int threads, std::size_t shared, void (*body)(void*), void* argument);

void synchronize_block();
void synchronize_warp();
void* shared_bytes();

// How many barriers the current thread has passed.
std::uint32_t block_barriers();
std::uint32_t warp_barriers();

// A thread's own copies, which are done when it waits for all groups but the last `prior`. Earlier
// reads still see NaN, or the previous contents.
void queue_copy(void* to, const void* from, std::size_t bytes);
void close_copies();
void finish_copies(int prior);

// Where this lane puts its value for the others, and where it finds that of `lane`.
void* shuffle_slot();
const void* shuffled(unsigned lane);
unsigned lane();

// One bit per lane: whether its value is not 0.
unsigned ballot(bool given);

template <typename T>
T shuffle(T value, unsigned from) {
  static_assert(sizeof(T) <= 8);
  std::memcpy(shuffle_slot(), &value, sizeof(T));
  std::memcpy(&value, shuffled(from), sizeof(T));
  return value;
}

}  // namespace seqrl::emulation

// CUDA's own headers may have been included before.
#undef __global__
#undef __device__
#undef __host__
#undef __forceinline__
#undef __launch_bounds__
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
inline constexpr auto& threadIdx = seqrl::emulation::thread_index;
inline constexpr auto& blockIdx = seqrl::emulation::block_index;
inline constexpr auto& blockDim = seqrl::emulation::block_size;
inline constexpr auto& gridDim = seqrl::emulation::grid_size;

inline void __syncthreads() {
  ::seqrl::emulation::synchronize_block();
}
inline int __popc(unsigned bits) {
  return __builtin_popcount(bits);
}
inline unsigned __ballot_sync(unsigned /*all*/, bool given) {
  return ::seqrl::emulation::ballot(given);
}
inline void __syncwarp() {
  ::seqrl::emulation::synchronize_warp();
}
template <typename T>
T __shfl_xor_sync(unsigned /*all*/, T value, int mask) {
  return ::seqrl::emulation::shuffle(value,
                                     ::seqrl::emulation::lane() ^ static_cast<unsigned>(mask));
}
template <typename T>
T __shfl_sync(unsigned /*all*/, T value, int from) {
  return ::seqrl::emulation::shuffle(value, static_cast<unsigned>(from));
}

namespace seqrl::cuda {

template <typename... Args, typename... Given>
void launch(void (*kernel)(Args...), std::int64_t blocks, int threads, std::size_t shared,
            Given... given) {
  emulation::require_launchable(blocks, threads, shared);
  if (blocks == 0) return;
  emulation::submit([=] {
    auto body = [&] { kernel(static_cast<Args>(given)...); };
    emulation::run(
        blocks, threads, shared, [](void* call) { (*static_cast<decltype(body)*>(call))(); },
        &body);
  });
}

template <typename T>
T* shared_memory() {
  return static_cast<T*>(emulation::shared_bytes());
}

template <typename T>
void copy_ahead(T* to, const T* from) {
  emulation::queue_copy(to, from, sizeof(T));
}
inline void close_copies() {
  emulation::close_copies();
}
template <int prior>
void wait_for_copies() {
  emulation::finish_copies(prior);
}

}  // namespace seqrl::cuda

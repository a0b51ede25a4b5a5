// Finds races of kernels: accesses to the same memory, one of them a write, that nothing orders.
//
// The emulated device runs one thread after the other, so a race need not show in what it computes.
// In test_races the kernels' loads and stores are reported here, by what -fsanitize=thread puts
// before each, and compared with earlier ones to the same place. What orders them is what orders
// them on a device: __syncthreads, __syncwarp (but no shuffle), and one launch, copy or product
// after another, unless they are on the two sides of DeviceRuntime::overlap. Elsewhere nothing of
// this is compiled.
#pragma once

#include <cstddef>
#include <functional>

namespace seqrl::emulation {

enum class Access { read, write };
enum class Memory { device, shared };  // shared: each block finds its own at the same address

#ifdef SEQRL_CHECK_RACES

// Where accesses are looked at: one range for each kind of memory.
void watch(Memory memory, const void* begin, std::size_t bytes);

// The current thread's access, made by `code`, or by the caller.
void note(Access access, const void* begin, std::size_t bytes, const void* code = nullptr);

// Asks for one side of an overlap, and then for the other.
void ask_for_sides(const std::function<void()>& first, const std::function<void()>& second);

// The work that is asked for, which throws std::logic_error once it has met a race.
std::function<void()> checked(const std::function<void()>& work);

#else

inline void watch(Memory /*memory*/, const void* /*begin*/, std::size_t /*bytes*/) {}
inline void note(Access /*access*/, const void* /*begin*/, std::size_t /*bytes*/,
                 const void* /*code*/ = nullptr) {}
inline void ask_for_sides(const std::function<void()>& first, const std::function<void()>& second) {
  first();
  second();
}
inline const std::function<void()>& checked(const std::function<void()>& work) {
  return work;
}

#endif

}  // namespace seqrl::emulation

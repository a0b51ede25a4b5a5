// Finds races in kernels: unordered accesses to the same memory, one of them a write.
//
// The emulated device runs one thread after the other, so a race need not affect its results. In
// test_races the kernels' loads and stores are reported here by the calls that -fsanitize=thread
// inserts before each, and compared with earlier ones to the same address. They are ordered as on a
// device: by __syncthreads, by __syncwarp (but no shuffle), and by the sequence of launches, copies
// and products, unless these are on the two sides of DeviceRuntime::overlap. Other programs compile
// none of this.
#pragma once

#include <cstddef>
#include <functional>

namespace seqrl::emulation {

enum class Access { read, write };
enum class Memory { device, shared };  // shared: each block has its own at the same address

#ifdef SEQRL_CHECK_RACES

// The ranges in which accesses are checked, one for each kind of memory.
void watch(Memory memory, const void* begin, std::size_t bytes);

// Records the current thread's access, made by `code`, or by the caller.
void note(Access access, const void* begin, std::size_t bytes, const void* code = nullptr);

// Requests one side of an overlap, then the other.
void ask_for_sides(const std::function<void()>& first, const std::function<void()>& second);

// Wraps the requested work, which throws std::logic_error after it finds a race.
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

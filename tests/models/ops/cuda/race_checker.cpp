#include "race_checker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cuda_emulation.h"

namespace seqrl::emulation {
namespace {

struct Event {
  std::uint32_t work = 0, block = 0, thread = 0;
  std::uint32_t block_barriers = 0, warp_barriers = 0;  // that had opened before it
  std::uint32_t code = 0;  // address in the program, which is linked below 4 GiB
};

// The history of 4 bytes, which no kernel's elements divide: the last write and reads after it. Of
// the reads it holds the last, and one each from another lane, another warp and elsewhere: if any
// read races with a later write, one of these does.
struct Cell {
  Event write, reads[4];
};
constexpr std::size_t kBytes = 4, kPage = 1024;

struct Watched {
  const char* begin = nullptr;
  std::size_t bytes = 0;
  std::vector<std::unique_ptr<Cell[]>> pages;  // of kPage cells

  Cell& cell(std::size_t i) {
    std::unique_ptr<Cell[]>& page = pages[i / kPage];
    if (!page) page = std::make_unique<Cell[]>(kPage);
    return page[i % kPage];
  }
};
Watched watched[2];

// Work is numbered in the order of execution. The current overlap's first side has the numbers
// [first_side, second_side).
std::uint32_t work_number = 0, first_side = 0, second_side = 0;
struct Side {
  std::uint64_t overlap = 0;
  int side = 0;
};
Side asked_for, last_done;
std::uint64_t overlaps = 0;

struct Race {
  const char* first;
  Event a;
  const char* then;
  Event b;
  Memory memory;
};
std::optional<Race> race;  // the first that was found

// Whether two events, the later of which is happening now, are unordered.
bool race_between(const Event& a, const Event& b, Memory memory) {
  const bool device = memory == Memory::device;
  if (a.work != b.work) return device && a.work >= first_side && a.work < second_side;
  if (a.block != b.block) return device;
  if (a.thread == b.thread || a.block_barriers != b.block_barriers) return false;
  return a.thread / kWarp != b.thread / kWarp || a.warp_barriers == b.warp_barriers;
}

// 0: the same thread, 1: the same warp, 2: the same block, 3: neither.
int distance(const Event& a, const Event& b) {
  if (a.work != b.work || a.block != b.block) return 3;
  if (a.thread / kWarp != b.thread / kWarp) return 2;
  return a.thread == b.thread ? 0 : 1;
}

void keep_read(Event (&reads)[4], const Event& now, Memory memory) {
  const int far = distance(reads[0], now);
  for (int i = 1; i < far; ++i) reads[i] = {};
  if (far == 1 || far == 2 || (far == 3 && !race_between(reads[3], now, memory))) {
    reads[far] = reads[0];
  }
  reads[0] = now;
}

// In addr2line's terms: "kernel.cuh:94 in attention.cu:133" if one is inlined in the other.
std::string place_of(std::uint32_t code) {
  const std::uint32_t call = code - 1;  // which returned to `code`
  const std::string command = fmt::format("addr2line -sie /proc/{}/exe {:#x}", getpid(), call);
  std::string lines(1000, '\0');
  if (std::FILE* pipe = popen(command.c_str(), "r")) {
    lines.resize(std::fread(lines.data(), 1, lines.size(), pipe));
    pclose(pipe);
  }
  while (!lines.empty() && lines.back() == '\n') lines.pop_back();
  return std::regex_replace(std::regex_replace(lines, std::regex(" \\(disc.*\\)"), ""),
                            std::regex("\n"), " in ");
}

std::string described(const Race& met) {
  const auto& [first, a, then, b, memory] = met;
  return fmt::format(
      "emulated CUDA: a race in {} memory: a {} by thread {} of block {} ({}) "
      "and a {} by thread {} of block {} ({}) {}",
      memory == Memory::shared ? "shared" : "device", first, a.thread, a.block, place_of(a.code),
      then, b.thread, b.block, place_of(b.code),
      a.work != b.work                       ? "on the other side of an overlap"
      : a.block != b.block                   ? "in one launch, whose blocks have no order"
      : a.thread / kWarp != b.thread / kWarp ? "without a __syncthreads between them"
                                             : "without a __syncwarp between them");
}

void begin_work(const Side& side) {
  ++work_number;
  thread_index.x = block_index.x = 0;
  if (side.overlap == 0 || side.overlap != last_done.overlap || side.side < last_done.side) {
    first_side = second_side = work_number;
  } else if (side.side > last_done.side) {
    second_side = work_number;
  }
  last_done = side;
}

}  // namespace

void watch(Memory memory, const void* begin, std::size_t bytes) {
  Watched& range = watched[static_cast<int>(memory)];
  range.begin = static_cast<const char*>(begin);
  range.bytes = bytes;
  range.pages.resize(std::max(range.pages.size(), bytes / kBytes / kPage + 1));
}

void note(Access access, const void* begin, std::size_t bytes, const void* code) {
  if (code == nullptr) code = __builtin_return_address(0);
  const auto* at = static_cast<const char*>(begin);
  for (const Memory memory : {Memory::device, Memory::shared}) {
    Watched& range = watched[static_cast<int>(memory)];
    if (at < range.begin || at >= range.begin + range.bytes) continue;
    const Event now = {.work = work_number,
                       .block = block_index.x,
                       .thread = thread_index.x,
                       .block_barriers = block_barriers(),
                       .warp_barriers = warp_barriers(),
                       .code = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(code))};
    const auto first = static_cast<std::size_t>(at - range.begin);
    for (std::size_t i = first / kBytes; i * kBytes < first + bytes; ++i) {
      Cell& cell = range.cell(i);
      const char* what = access == Access::write ? "write" : "read";
      const auto compare = [&](const char* earlier, const Event& event) {
        // Described later, because a thread's stack is small.
        if (!race && race_between(event, now, memory)) race = {earlier, event, what, now, memory};
      };
      compare("write", cell.write);
      if (access == Access::read) {
        keep_read(cell.reads, now, memory);
        continue;
      }
      for (const Event& read : cell.reads) compare("read", read);
      cell = {.write = now};
    }
  }
}

void ask_for_sides(const std::function<void()>& first, const std::function<void()>& second) {
  if (asked_for.overlap != 0) return first(), second();  // all of it on one side of another
  struct Overlap {
    Overlap() { asked_for = {++overlaps, 1}; }
    ~Overlap() { asked_for = {}; }
  } here;
  first();
  asked_for.side = 2;
  second();
}

std::function<void()> checked(const std::function<void()>& work) {
  return [work, side = asked_for] {
    begin_work(side);
    work();
    if (race) throw std::logic_error(described(*std::exchange(race, {})));
  };
}

}  // namespace seqrl::emulation

// Called by -fsanitize=thread in the kernels' objects, in place of the sanitizer's own functions.
using seqrl::emulation::Access;
using seqrl::emulation::note;
extern "C" {
#define SEQRL_HOOK(name, access, bytes)                           \
  void __tsan_##name##bytes(void* at) {                           \
    note(Access::access, at, bytes, __builtin_return_address(0)); \
  }
#define SEQRL_HOOKS(bytes)                \
  SEQRL_HOOK(read, read, bytes)           \
  SEQRL_HOOK(write, write, bytes)         \
  SEQRL_HOOK(unaligned_read, read, bytes) \
  SEQRL_HOOK(unaligned_write, write, bytes)
SEQRL_HOOKS(1)
SEQRL_HOOKS(2)
SEQRL_HOOKS(4)
SEQRL_HOOKS(8)
SEQRL_HOOKS(16)
void __tsan_read_range(void* at, std::size_t bytes) {
  note(Access::read, at, bytes, __builtin_return_address(0));
}
void __tsan_write_range(void* at, std::size_t bytes) {
  note(Access::write, at, bytes, __builtin_return_address(0));
}
void __tsan_func_entry(void* /*caller*/) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void** /*at*/, void* /*value*/) {}
void __tsan_init() {}
}

#include "cuda_emulation.h"

#include <ucontext.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <vector>

#include "emulated_runtime.h"
#include "race_checker.h"

namespace seqrl::emulation {

Index thread_index, block_index, block_size, grid_size;

namespace {

constexpr std::size_t kStack = 64 << 10;
// Stacks differ in size, so that what fibers use of them does not fall into the same cache sets.
constexpr std::size_t kColours = 61, kColour = 17 * 64;
constexpr std::size_t kLargestShared = 2 * (227 << 10);  // of an H100's block; doubled for float64
constexpr int kLargestBlock = 1024;

// An execution context. Address sanitizer follows ucontext's switches, but not jumps; jumps need no
// system call.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kJumps = false;
#else
constexpr bool kJumps = true;
#endif

struct alignas(64) Fiber {
  void* jump[5];        // __builtin_setjmp's
  bool jumped = false;  // has been left by a jump before
  ucontext_t context;
  std::unique_ptr<char[]> stack;
};

[[gnu::noinline]] void leave_for(Fiber* from, Fiber* to) {
  if (!kJumps) {
    swapcontext(&from->context, &to->context);
    return;
  }
  from->jumped = true;
  if (__builtin_setjmp(from->jump) != 0) return;
  if (to->jumped) __builtin_longjmp(to->jump, 1);
  setcontext(&to->context);
}

// Of the threads from `first` on, `needed` in number. It opens when all of them have arrived.
struct Barrier {
  unsigned first = 0, needed = 0, arrived = 0;
  std::uint64_t phase = 0;
};

// The threads that can continue because their barrier has opened, one bit each.
class ReadyThreads {
 public:
  void clear() { words_ = {}; }
  void insert(unsigned first, unsigned count) {  // a multiple of kWarp each
    for (unsigned i = first; i < first + count; i += kWarp) {
      words_[i / kBits] |= std::uint64_t{UINT32_MAX} << i % kBits;
    }
  }
  void erase(unsigned i) { words_[i / kBits] &= ~(std::uint64_t{1} << i % kBits); }

  // The first one after i, or before it, wrapping around; -1 if there is none.
  int after(unsigned i) const {
    if (const int found = lowest(i / kBits, ~std::uint64_t{1} << i % kBits); found >= 0)
      return found;
    for (unsigned step = 1; step <= words_.size(); ++step) {
      const int found = lowest((i / kBits + step) % words_.size(), ~std::uint64_t{0});
      if (found >= 0) return found;
    }
    return -1;
  }
  int before(unsigned i) const {
    const std::uint64_t below = (std::uint64_t{1} << i % kBits) - 1;
    if (const int found = highest(i / kBits, below); found >= 0) return found;
    for (unsigned step = 1; step <= words_.size(); ++step) {
      const auto word = (i / kBits + words_.size() - step) % words_.size();
      if (const int found = highest(word, ~std::uint64_t{0}); found >= 0) return found;
    }
    return -1;
  }

 private:
  static constexpr unsigned kBits = 64;
  int lowest(std::size_t word, std::uint64_t among) const {
    const std::uint64_t bits = words_[word] & among;
    return bits == 0 ? -1 : static_cast<int>(word * kBits) + std::countr_zero(bits);
  }
  int highest(std::size_t word, std::uint64_t among) const {
    const std::uint64_t bits = words_[word] & among;
    return bits == 0 ? -1 : static_cast<int>(word * kBits + kBits - 1) - std::countl_zero(bits);
  }
  std::array<std::uint64_t, kLargestBlock / kBits> words_{};
};

struct Copy {
  void* to;
  const void* from;
  std::size_t bytes;
  int group;
};

struct Thread {
  Fiber* fiber = nullptr;
  unsigned shuffles = 0;
  std::vector<Copy> copies;  // pending
  int groups = 0;            // closed groups of copies
};

struct Warp {
  Barrier barrier, exchange;      // of __syncwarp, and of exchanges of values
  std::uint64_t slots[2][kWarp];  // one is written while the other is still read
  unsigned votes[2];              // likewise
};

// Runs one block at a time, with no heap allocation per block, because blocks come by the thousand.
struct Machine {
  Order order = Order::ascending;
  std::int64_t launches = 0;
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<Fiber*> idle;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  std::vector<double> shared;
  Barrier barrier;
  ReadyThreads ready;
  Fiber main;
  void (*body)(void*) = nullptr;
  void* argument = nullptr;
  unsigned started = 0, finished = 0, count = 0;
  bool stuck = false;
};
Machine machine;
std::mutex one_launch;

Thread& self() {
  return machine.threads[thread_index.x];
}

unsigned next_thread() {
  const unsigned i = machine.started++;
  return machine.order == Order::ascending ? i : machine.count - 1 - i;
}

// Runs threads from their start, one after the other, while there are new ones; then leaves for
// good, until a later block needs a fiber.
void hand_over(Fiber* from);
void run_threads() {
  for (;;) {
    Fiber* fiber = machine.threads[thread_index.x].fiber;
    machine.body(machine.argument);
    machine.threads[thread_index.x].fiber = nullptr;
    ++machine.finished;
    if (machine.started < machine.count) {
      thread_index.x = next_thread();
      self().fiber = fiber;
      continue;
    }
    machine.idle.push_back(fiber);
    hand_over(fiber);  // returns with thread_index set
  }
}

[[gnu::noinline]] void prepare(Fiber& fiber) {
  const std::size_t size = kStack + machine.fibers.size() % kColours * kColour;
  fiber.stack = std::make_unique_for_overwrite<char[]>(size);
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = size;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, run_threads, 0);
}

Fiber* idle_fiber() {
  if (!machine.idle.empty()) {
    Fiber* fiber = machine.idle.back();
    machine.idle.pop_back();
    return fiber;
  }
  machine.fibers.push_back(std::make_unique<Fiber>());
  prepare(*machine.fibers.back());
  return machine.fibers.back().get();
}

// Switches from `from` to a thread that can continue: a new one, or one with an open barrier.
// Returns to run() if there is none.
void hand_over(Fiber* from) {
  if (machine.started < machine.count) {
    thread_index.x = next_thread();
    self().fiber = idle_fiber();
    leave_for(from, self().fiber);
    return;
  }
  const unsigned here = thread_index.x;
  const int next =
      machine.order == Order::ascending ? machine.ready.after(here) : machine.ready.before(here);
  if (next >= 0) {
    thread_index.x = static_cast<unsigned>(next);
    machine.ready.erase(thread_index.x);
    leave_for(from, self().fiber);
    return;
  }
  machine.stuck = machine.finished < machine.count;
  leave_for(from, &machine.main);
}

void wait(Barrier& barrier) {
  const unsigned index = thread_index.x;
  if (++barrier.arrived == barrier.needed) {
    barrier.arrived = 0;
    ++barrier.phase;
    machine.ready.insert(barrier.first, barrier.needed);
    machine.ready.erase(index);
    return;
  }
  hand_over(machine.threads[index].fiber);  // returns when the barrier has opened
  thread_index.x = index;
}

void run_block() {
  machine.started = machine.finished = 0;
  machine.stuck = false;
  machine.ready.clear();
  machine.barrier = {.needed = machine.count};
  for (unsigned i = 0; i < machine.warps.size(); ++i) {
    machine.warps[i].barrier = machine.warps[i].exchange = {.first = i * kWarp, .needed = kWarp};
  }
  for (Thread& thread : machine.threads) thread = {};
  // NaN in both float32 and float64.
  std::ranges::fill(std::as_writable_bytes(std::span(machine.shared)), std::byte{0xFF});
  thread_index.x = next_thread();
  self().fiber = idle_fiber();
  leave_for(&machine.main, self().fiber);
  if (!machine.stuck) return;
  machine.idle.clear();  // stuck fibers never return
  throw std::logic_error(
      "emulated CUDA: threads of a block wait at different barriers, or some "
      "have returned while others wait");
}

}  // namespace

void set_order(Order order) {
  finish();
  machine.order = order;
}

Order order() {
  return machine.order;
}

std::int64_t launches() {
  finish();
  return machine.launches;
}

void require_launchable(std::int64_t blocks, int threads, std::size_t shared) {
  if (threads <= 0 || threads > kLargestBlock || threads % kWarp != 0 || shared > kLargestShared ||
      blocks < 0 || blocks > INT32_MAX) {
    throw std::logic_error("emulated CUDA: a launch that no device supports");
  }
}

void run(std::int64_t blocks, int threads, std::size_t shared, void (*body)(void*),
         void* argument) {
  const std::lock_guard lock(one_launch);
  const DeviceAccess access;
  ++machine.launches;
  machine.body = body;
  machine.argument = argument;
  machine.count = static_cast<unsigned>(threads);
  machine.threads.resize(machine.count);
  machine.warps.resize(machine.count / kWarp);
  machine.shared.resize((shared + sizeof(double) - 1) / sizeof(double));
  watch(Memory::shared, machine.shared.data(), machine.shared.size() * sizeof(double));
  block_size.x = machine.count;
  grid_size.x = static_cast<unsigned>(blocks);
  for (std::int64_t i = 0; i < blocks; ++i) {
    block_index.x = static_cast<unsigned>(machine.order == Order::ascending ? i : blocks - 1 - i);
    run_block();
  }
}

void synchronize_block() {
  wait(machine.barrier);
}

void synchronize_warp() {
  wait(machine.warps[thread_index.x / kWarp].barrier);
}

std::uint32_t block_barriers() {
  return static_cast<std::uint32_t>(machine.barrier.phase);
}

std::uint32_t warp_barriers() {
  return machine.warps.empty()
             ? 0
             : static_cast<std::uint32_t>(machine.warps[thread_index.x / kWarp].barrier.phase);
}

void* shared_bytes() {
  return machine.shared.data();
}

void queue_copy(void* to, const void* from, std::size_t bytes) {
  const void* kernel = __builtin_return_address(0);
  note(Access::read, from, bytes, kernel);
  note(Access::write, to, bytes, kernel);  // from now on,
  self().copies.push_back({to, from, bytes, self().groups});
}

void close_copies() {
  ++self().groups;
}

void finish_copies(int prior) {
  const void* kernel = __builtin_return_address(0);
  Thread& thread = self();
  std::erase_if(thread.copies, [&](const Copy& copy) {
    const bool due = copy.group < thread.groups - prior;
    if (due) {
      std::memcpy(copy.to, copy.from, copy.bytes);
      note(Access::write, copy.to, copy.bytes, kernel);  // until now
    }
    return due;
  });
}

unsigned lane() {
  return thread_index.x % kWarp;
}

void* shuffle_slot() {
  const Thread& thread = self();
  return &machine.warps[thread_index.x / kWarp].slots[thread.shuffles % 2][lane()];
}

const void* shuffled(unsigned from) {
  Warp& warp = machine.warps[thread_index.x / kWarp];
  const unsigned turn = self().shuffles++ % 2;
  wait(warp.exchange);
  return &warp.slots[turn][from % kWarp];
}

unsigned ballot(bool given) {
  Warp& warp = machine.warps[thread_index.x / kWarp];
  unsigned& votes = warp.votes[self().shuffles++ % 2];
  if (warp.exchange.arrived == 0) votes = 0;
  votes |= static_cast<unsigned>(given) << lane();
  wait(warp.exchange);
  return votes;
}

}  // namespace seqrl::emulation

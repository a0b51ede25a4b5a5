#include "models/core/device.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "models/core/alignment.h"

namespace seqrl {
namespace {

// Large blocks request huge pages: a pass over a long sequence goes through gigabytes, and with 4
// KiB pages every row misses the TLB.
constexpr std::size_t kHugePage = std::size_t{2} << 20;

void* allocate_on_host(std::size_t bytes) {
  const bool large = bytes >= 2 * kHugePage;
  const std::size_t alignment = large ? kHugePage : kMemoryAlignment;
  void* memory = std::aligned_alloc(alignment, round_up(bytes, alignment));
  if (!memory) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  if (large) madvise(memory, bytes, MADV_HUGEPAGE);  // if refused, pages stay small
#endif
  return memory;
}

class Host : public DeviceRuntime {
 public:
  void* allocate(std::size_t bytes) override { return allocate_on_host(bytes); }
  void release(void* data) noexcept override { std::free(data); }
  void zero(void* data, std::size_t bytes) override { std::memset(data, 0, bytes); }
  void fill(float* data, float value, std::size_t count) override {
    std::fill_n(data, count, value);
  }
  void fill(double* data, double value, std::size_t count) override {
    std::fill_n(data, count, value);
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    if (bytes > 0) std::memmove(to, from, bytes);  // with 0 bytes the address may be null
  }
  void write(void* to, const void* host, std::size_t bytes) override { copy(to, host, bytes); }
  void read(void* host, const void* from, std::size_t bytes) override { copy(host, from, bytes); }
  void* allocate_host(std::size_t) override { has_no_queue(); }
  void release_host(void*) noexcept override {}
  void queue_write(void*, const void*, std::size_t) override { has_no_queue(); }
  void queue_read(void*, const void*, std::size_t) override { has_no_queue(); }
  std::unique_ptr<DeviceEvent> make_event() override { has_no_queue(); }
  std::size_t allocated() const override { fail("internal error: host memory is not counted"); }
  std::string description() const override { return "CPU"; }
  std::string identity() const override { return "CPU"; }
  void overlap(const std::function<void()>& one, const std::function<void()>& other) override {
    one();
    other();
  }
  std::unique_ptr<DeviceGraph> capture(const std::function<void()>&) override { has_no_queue(); }

 private:
  [[noreturn]] static void has_no_queue() { fail("internal error: the host has no queue"); }
};

struct ChosenGpu {
  std::atomic<int> number = 0;
  std::atomic<bool> by_process =
      false;  // `number` is a process's, until the number of GPUs is known
  std::atomic<bool> looked_for = false;
};
ChosenGpu chosen;

struct Cuda {
  DeviceRuntime* runtime = nullptr;
  const char* problem;
  Cuda() {
    chosen.looked_for = true;
    problem = install_cuda(runtime);
  }
};

const Cuda& cuda() {
  static const Cuda once;
  return once;
}

}  // namespace

DeviceRuntime& runtime_of(Device device) {
  static Host host;
  if (device == Device::cpu) return host;
  SEQRL_REQUIRE(!cuda_problem(), "CUDA is not available: {}; use device: cpu", cuda_problem());
  return *cuda().runtime;
}

void choose_gpu(int number) {
  SEQRL_REQUIRE(!chosen.looked_for || cuda_problem() || number == chosen.number,
                "device: cuda:{}: this process already uses cuda:{}; use one GPU per process",
                number, chosen.number.load());
  chosen.number = number;
  chosen.by_process = false;
}

void share_gpus(int process) {
  SEQRL_CHECK(!chosen.looked_for && process >= 0);
  chosen.number = process;
  chosen.by_process = true;
}

int chosen_gpu() {
  return chosen.number;
}

int chosen_gpu(int count) {
  if (chosen.by_process.exchange(false)) chosen.number = chosen.number % count;
  return chosen.number;
}

const char* cuda_problem() {
  return cuda().problem;
}

}  // namespace seqrl

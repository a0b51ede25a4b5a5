#include "emulated_runtime.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cuda_emulation.h"
#include "race_checker.h"

namespace seqrl::emulation {
namespace {

constexpr std::size_t kReserved = std::size_t{4} << 30, kPage = 4096;
constexpr std::align_val_t kHostAlignment{64};

// A range of addresses that is opened and closed as one; pieces are allocated first fit.
class Region {
 public:
  Region()
      : base_(static_cast<std::byte*>(mmap(nullptr, kReserved, PROT_NONE,
                                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
    SEQRL_CHECK(base_ != MAP_FAILED);
    watch(Memory::device, base_, kReserved);
  }

  void* allocate(std::size_t bytes) {
    // A gap between pieces: reads past the end of one give NaN.
    const std::size_t size = (bytes + kPage - 1) / kPage * kPage + kPage;
    std::size_t begin = 0;
    for (const auto& [first, last] : pieces_) {
      if (begin + size <= first) break;
      begin = last;
    }
    SEQRL_CHECK(begin + size <= kReserved);
    pieces_[begin] = begin + size;
    end_ = pieces_.rbegin()->second;
    open();
    std::memset(base_ + begin, 0xFF, size);
    close();
    return base_ + begin;
  }

  void release(void* data) {
    const auto piece =
        pieces_.find(static_cast<std::size_t>(static_cast<std::byte*>(data) - base_));
    // Released pages need not be opened and closed.
    madvise(base_ + piece->first, piece->second - piece->first, MADV_DONTNEED);
    pieces_.erase(piece);
    end_ = pieces_.empty() ? 0 : pieces_.rbegin()->second;
  }

  std::size_t allocated() const {
    std::size_t sum = 0;
    for (const auto& [first, last] : pieces_) sum += last - first;
    return sum;
  }

  void open() {
    if (depth_++ == 0) protect(PROT_READ | PROT_WRITE);
  }
  void close() {
    if (--depth_ == 0) protect(PROT_NONE);
  }

 private:
  void protect(int access) { SEQRL_CHECK(end_ == 0 || mprotect(base_, end_, access) == 0); }

  std::byte* base_;
  std::size_t end_ = 0;
  int depth_ = 0;
  std::map<std::size_t, std::size_t> pieces_;  // begin → end
};

Region& region() {
  static Region once;
  return once;
}

using Work = std::function<void()>;

// Requested work that is not done yet. The device is as late as possible: it does nothing before
// the host waits for it.
struct Queue {
  std::deque<Work> work;
  std::uint64_t asked = 0, done = 0;
  std::exception_ptr failure;  // occurred where the host could not be told

  // Does the oldest work, up to number `last`.
  void run_to(std::uint64_t last) {
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
    while (done < last) {
      const Work next = std::move(work.front());
      work.pop_front();
      ++done;
      try {
        next();
      } catch (...) {  // later work may depend on the failed work
        work.clear();
        done = asked;
        throw;
      }
    }
  }
};

Queue& queue() {
  static Queue& once = *new Queue;  // storage may be released while the process ends
  return once;
}

class Graph : public DeviceGraph {
 public:
  void add(const Work& work) { work_->push_back(work); }
  void replay() override {
    submit([all = work_] {  // may be all that is left of the graph
      for (const Work& work : *all) work();
    });
  }
  std::size_t size() const override { return work_->size(); }

 private:
  std::shared_ptr<std::vector<Work>> work_ = std::make_shared<std::vector<Work>>();
};

Graph* captured = nullptr;  // receives requests during a capture

void require_no_capture() {
  if (captured)
    throw std::logic_error("emulated CUDA: a capture that allocates, reads, writes or waits");
}

class Event : public DeviceEvent {
 public:
  void record() override {
    require_no_capture();
    place_ = queue().asked;
  }
  void wait() override {
    require_no_capture();
    queue().run_to(place_);
  }

 private:
  std::uint64_t place_ = 0;
};

class EmulatedRuntime : public DeviceRuntime {
 public:
  void* allocate(std::size_t bytes) override {
    require_no_capture();
    return region().allocate(bytes);
  }
  // Like a device, waits for work that may still use it.
  void release(void* data) noexcept override {
    try {
      require_no_capture();
      finish();
    } catch (...) {
      queue().failure = std::current_exception();
    }
    region().release(data);
  }
  std::size_t allocated() const override { return region().allocated(); }
  std::string description() const override {
    const char* model = std::getenv("SEQRL_EMULATED_MODEL");
    return model ? model : "an emulated GPU";
  }
  std::string identity() const override { return std::to_string(chosen_gpu()); }
  void zero(void* data, std::size_t bytes) override {
    submit([=] {
      const DeviceAccess access;
      note(Access::write, data, bytes);
      if (bytes > 0) std::memset(data, 0, bytes);
    });
  }
  void fill(float* data, float value, std::size_t count) override { fill_any(data, value, count); }
  void fill(double* data, double value, std::size_t count) override {
    fill_any(data, value, count);
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    submit([=] {
      const DeviceAccess access;
      note(Access::read, from, bytes);
      note(Access::write, to, bytes);
      if (bytes > 0) std::memcpy(to, from, bytes);
    });
  }
  void write(void* to, const void* host, std::size_t bytes) override {
    require_no_capture();
    copy(to, host, bytes);
    finish();
  }
  void read(void* host, const void* from, std::size_t bytes) override {
    require_no_capture();
    copy(host, from, bytes);
    finish();
  }
  void* allocate_host(std::size_t bytes) override {
    require_no_capture();
    auto* data = static_cast<std::byte*>(::operator new(bytes, kHostAlignment));
    std::memset(data, 0xFF, bytes);
    host_memory_[data] = bytes;
    return data;
  }
  void release_host(void* data) noexcept override {
    host_memory_.erase(static_cast<std::byte*>(data));
    ::operator delete(data, kHostAlignment);
  }
  void queue_write(void* to, const void* host, std::size_t bytes) override {
    require_no_capture();
    require_host_memory(host, bytes);
    copy(to, host, bytes);
  }
  // Holds NaN until the copy is done.
  void queue_read(void* host, const void* from, std::size_t bytes) override {
    require_no_capture();
    require_host_memory(host, bytes);
    std::memset(host, 0xFF, bytes);
    copy(host, from, bytes);
  }
  std::unique_ptr<DeviceEvent> make_event() override { return std::make_unique<Event>(); }
  void overlap(const std::function<void()>& one, const std::function<void()>& other) override {
    const bool turned = order() == Order::descending;
    ask_for_sides(turned ? other : one, turned ? one : other);
  }
  std::unique_ptr<DeviceGraph> capture(const std::function<void()>& work) override {
    require_no_capture();
    auto graph = std::make_unique<Graph>();
    captured = graph.get();
    try {
      work();
    } catch (...) {
      captured = nullptr;
      throw;
    }
    captured = nullptr;
    return graph;
  }

 private:
  template <typename T>
  void fill_any(T* data, T value, std::size_t count) {
    submit([=] {
      const DeviceAccess access;
      note(Access::write, data, count * sizeof(T));
      std::fill_n(data, count, value);
    });
  }
  void require_host_memory(const void* data, std::size_t bytes) const {
    const auto* first = static_cast<const std::byte*>(data);
    auto after = host_memory_.upper_bound(first);
    if (after == host_memory_.begin() ||
        first + bytes > std::prev(after)->first + std::prev(after)->second)
      throw std::logic_error(
          "emulated CUDA: a queued copy of memory that is not from allocate_host()");
  }

  std::map<const std::byte*, std::size_t> host_memory_;
};

}  // namespace

DeviceAccess::DeviceAccess() {
  region().open();
}
DeviceAccess::~DeviceAccess() {
  region().close();
}

void submit(const std::function<void()>& given) {
  const std::function<void()>& work = checked(given);
  if (captured) return captured->add(work);
  queue().work.push_back(work);
  ++queue().asked;
}

void finish() {
  queue().run_to(queue().asked);
}

DeviceRuntime& runtime() {
  static EmulatedRuntime once;
  return once;
}

}  // namespace seqrl::emulation

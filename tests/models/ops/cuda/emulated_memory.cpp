#include "emulated_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>

namespace seqrl::emulation {
namespace {

constexpr std::size_t kReserved = std::size_t{4} << 30, kPage = 4096;

// A range of addresses, opened and closed as one; pieces are handed out first fit.
class Region {
 public:
  Region()
      : base_(static_cast<std::byte*>(mmap(nullptr, kReserved, PROT_NONE,
                                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
    SEQRL_CHECK(base_ != MAP_FAILED);
  }

  void* allocate(std::size_t bytes) {
    // A gap between pieces: whoever reads past the end of one finds NaN.
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
    // Pages that are given back need not be opened and closed.
    madvise(base_ + piece->first, piece->second - piece->first, MADV_DONTNEED);
    pieces_.erase(piece);
    end_ = pieces_.empty() ? 0 : pieces_.rbegin()->second;
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

class EmulatedMemory : public DeviceMemory {
 public:
  void* allocate(std::size_t bytes) override { return region().allocate(bytes); }
  void release(void* data) noexcept override { region().release(data); }
  void zero(void* data, std::size_t bytes) override {
    const DeviceAccess access;
    std::memset(data, 0, bytes);
  }
  void fill(float* data, float value, std::size_t count) override {
    const DeviceAccess access;
    std::fill_n(data, count, value);
  }
  void fill(double* data, double value, std::size_t count) override {
    const DeviceAccess access;
    std::fill_n(data, count, value);
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    const DeviceAccess access;
    std::memcpy(to, from, bytes);
  }
  void write(void* to, const void* host, std::size_t bytes) override { copy(to, host, bytes); }
  void read(void* host, const void* from, std::size_t bytes) override { copy(host, from, bytes); }
};

}  // namespace

DeviceAccess::DeviceAccess() {
  region().open();
}
DeviceAccess::~DeviceAccess() {
  region().close();
}

DeviceMemory& memory() {
  static EmulatedMemory once;
  return once;
}

}  // namespace seqrl::emulation

#include "agents/datasets/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "configs/base/errno_text.h"
#include "configs/base/error.h"
#include "models/core/alignment.h"

namespace seqrl {
namespace {

// Bytes that must stay free on a disk, because a run writes checkpoints.
constexpr std::uint64_t kLeftFree = 1'000'000'000;

}  // namespace

std::uint64_t page_size() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

SharedMemory::SharedMemory() : file_(::memfd_create("seqrl dataset", MFD_CLOEXEC)) {
  if (file_ < 0) fail("cannot create shared memory for a dataset: {}", errno_text(errno));
}

SharedMemory::SharedMemory(int file) : file_(::fcntl(file, F_DUPFD_CLOEXEC, 0)), on_disk_(true) {
  if (file_ < 0) fail("cannot share a file's memory: {}", errno_text(errno));
  reserve(page_size());
}

SharedMemory::~SharedMemory() {
  ::close(file_);
}

std::uint64_t SharedMemory::end() const {
  struct stat status {};
  SEQRL_CHECK(::fstat(file_, &status) == 0);
  return static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t SharedMemory::room() const {
  struct statvfs disk {};
  if (!on_disk_ || ::fstatvfs(file_, &disk) != 0) return 0;
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  return free - std::min(free, kLeftFree);
}

std::uint64_t SharedMemory::reserve(std::uint64_t bytes) {
  const std::uint64_t begin = end(), whole = round_up(bytes, page_size());
  if (whole == 0) return 0;
  if (!on_disk_) {
    if (::ftruncate(file_, static_cast<off_t>(begin + whole)) != 0) throw std::bad_alloc();
    return whole;
  }
  if (whole > room()) {
    throw NoSpace(fmt::format("{} MB more would leave less than {} MB free on its disk",
                              (whole >> 20) + 1, kLeftFree / 1'000'000));
  }
  const int error = ::posix_fallocate(file_, static_cast<off_t>(begin), static_cast<off_t>(whole));
  if (error != 0) throw NoSpace(errno_text(error));
  return whole;
}

void* SharedMemory::grow(std::uint64_t bytes) {
  if (bytes == 0) return nullptr;
  const std::uint64_t begin = end(), whole = reserve(bytes);
  void* memory =
      ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_SHARED, file_, static_cast<off_t>(begin));
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

std::shared_ptr<void> SharedMemory::map(std::uint64_t offset, std::uint64_t size,
                                        std::size_t width) {
  if (size == 0) return nullptr;
  const std::uint64_t available = end();
  SEQRL_CHECK(offset % page_size() == 0 && offset <= available &&
              size <= (available - offset) / width);
  const std::uint64_t bytes = round_up(size * width, page_size());
  // A file on a disk may be larger than memory: its pages are loaded on demand.
  const int populate = on_disk_ ? 0 : MAP_POPULATE;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | populate, file_,
                        static_cast<off_t>(offset));
  if (memory == MAP_FAILED)
    fail("cannot map a dataset of {} MB: {}", bytes >> 20, errno_text(errno));
  taken_.push_back({memory, offset});
  return {memory, [bytes, keeps = keeps_](void* start) {
            // The file remains in use by other arrays.
            if (!*keeps) ::madvise(start, bytes, MADV_REMOVE);
            ::munmap(start, bytes);
          }};
}

std::optional<std::uint64_t> SharedMemory::offset_of(const void* array) const {
  const auto found = std::ranges::find(taken_, array, &Taken::memory);
  if (array == nullptr || found == taken_.end()) return std::nullopt;
  return found->offset;
}

}  // namespace seqrl

#include "agents/sac/replay_buffer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "configs/base/error.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeader = 64;

struct Header {
  char magic[16];
  std::int64_t observation_dim, action_dim;
};
static_assert(sizeof(Header) <= kHeader && sizeof(ReplayBuffer::kMagic) <= sizeof(Header::magic));

// A file's descriptor, closed at the end.
struct Descriptor {
  int file;
  ~Descriptor() {
    if (file >= 0) ::close(file);
  }
};

std::byte* map(std::size_t bytes, int protection, int flags, int file, const std::string& what) {
  void* memory = ::mmap(nullptr, bytes, protection, flags, file, 0);
  if (memory == MAP_FAILED) fail("cannot map {}: {}", what, std::strerror(errno));
  return static_cast<std::byte*>(memory);
}

Header header_of(const std::byte* memory) {
  Header header;
  std::memcpy(&header, memory, sizeof header);
  return header;
}

bool is_replay(const Header& header) {
  return std::memcmp(header.magic, ReplayBuffer::kMagic, sizeof ReplayBuffer::kMagic) == 0;
}

}  // namespace

ReplayBuffer::ReplayBuffer(std::int64_t observation_dim, std::int64_t action_dim,
                           std::int64_t capacity)
    : observation_dim_(observation_dim), action_dim_(action_dim), capacity_(capacity) {
  SEQRL_CHECK(observation_dim > 0 && action_dim > 0 && capacity > 0);
  memory_ = map(bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                "memory for the replay buffer");
}

ReplayBuffer::ReplayBuffer(ReplayBuffer&& other) noexcept
    : observation_dim_(other.observation_dim_),
      action_dim_(other.action_dim_),
      capacity_(other.capacity_),
      size_(other.size_),
      memory_(std::exchange(other.memory_, nullptr)),
      path_(std::move(other.path_)) {}

ReplayBuffer::~ReplayBuffer() {
  unmap();
}

void ReplayBuffer::unmap() {
  if (memory_) ::munmap(memory_, bytes());
  memory_ = nullptr;
}

std::size_t ReplayBuffer::bytes() const {
  return kHeader + static_cast<std::size_t>(capacity_ * width()) * sizeof(float);
}

const float* ReplayBuffer::row(std::int64_t index) const {
  return reinterpret_cast<const float*>(memory_ + kHeader) + index * width();
}
float* ReplayBuffer::row(std::int64_t index) {
  return reinterpret_cast<float*>(memory_ + kHeader) + index * width();
}

ReplayBuffer ReplayBuffer::open(const fs::path& path) {
  const Descriptor descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  SEQRL_REQUIRE(descriptor.file >= 0, "{}: cannot be read: {}", path.string(),
                std::strerror(errno));
  struct stat status {};
  Header header{};
  const bool whole = ::fstat(descriptor.file, &status) == 0 &&
                     ::pread(descriptor.file, &header, sizeof header, 0) == ssize_t{sizeof header};
  SEQRL_REQUIRE(whole && is_replay(header), "{}: not a replay buffer of seqrl", path.string());
  SEQRL_REQUIRE(header.observation_dim > 0 && header.observation_dim < 1 << 20 &&
                    header.action_dim > 0 && header.action_dim < 1 << 20,
                "{}: its dimensions make no sense; the file is damaged", path.string());
  ReplayBuffer buffer(header.observation_dim, header.action_dim, 1);
  const auto data = static_cast<std::int64_t>(status.st_size) - std::int64_t{kHeader};
  const std::int64_t rows = data / (buffer.width() * std::int64_t{sizeof(float)});
  SEQRL_REQUIRE(rows > 0, "{}: holds no transition", path.string());
  buffer.unmap();
  buffer.capacity_ = buffer.size_ = rows;
  buffer.memory_ = map(buffer.bytes(), PROT_READ, MAP_PRIVATE, descriptor.file, path.string());
  return buffer;
}

void ReplayBuffer::live_in(const fs::path& path) {
  const Descriptor descriptor{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)};
  if (descriptor.file < 0) fail("cannot write {}: {}", path.string(), std::strerror(errno));
  struct stat status {};
  if (::fstat(descriptor.file, &status) != 0) {
    fail("cannot read {}: {}", path.string(), std::strerror(errno));
  }
  if (static_cast<std::size_t>(status.st_size) < bytes()) {
    const int error = ::posix_fallocate(descriptor.file, 0, static_cast<off_t>(bytes()));
    if (error != 0) {
      fail("cannot write {}: no room for {} transitions, {} MB: {}", path.string(), capacity_,
           bytes() >> 20, std::strerror(error));
    }
  }
  std::byte* memory =
      map(bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.file, path.string());
  unmap();
  memory_ = memory;
  path_ = path;
  Header header = header_of(memory_);
  if (status.st_size == 0) {
    header = {{}, observation_dim_, action_dim_};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    std::memcpy(memory_, &header, sizeof header);
  }
  SEQRL_REQUIRE(is_replay(header) && header.observation_dim == observation_dim_ &&
                    header.action_dim == action_dim_,
                "{}: not the replay buffer of this run", path.string());
  size_ = 0;
}

void ReplayBuffer::append(const Transition& transition) {
  SEQRL_CHECK(size_ < capacity_);
  float* to = row(size_);
  to = std::ranges::copy(transition.observation, to).out;
  to = std::ranges::copy(transition.action, to).out;
  *to++ = transition.reward;
  to = std::ranges::copy(transition.next_observation, to).out;
  *to++ = transition.log_probability;
  *to = static_cast<float>(transition.end);
  ++size_;
}

void ReplayBuffer::resize(std::int64_t size) {
  SEQRL_CHECK(size >= 0 && size <= capacity_);
  size_ = size;
}

void ReplayBuffer::end_episode(End end) {
  SEQRL_CHECK(size_ > 0);
  row(size_ - 1)[width() - 1] = static_cast<float>(end);
}

ReplayBuffer::Transition ReplayBuffer::operator[](std::int64_t index) const {
  const auto observation = static_cast<std::size_t>(observation_dim_);
  const auto action = static_cast<std::size_t>(action_dim_);
  const float* at = row(index);
  const float* next = at + observation + action + 1;
  return {.observation = {at, observation},
          .action = {at + observation, action},
          .reward = next[-1],
          .next_observation = {next, observation},
          .log_probability = next[observation],
          .end = static_cast<End>(next[observation + 1])};
}

void ReplayBuffer::sync() const {
  if (path_.empty()) return;
  if (::msync(memory_, bytes(), MS_SYNC) != 0) {
    fail("cannot write {}: {}", path_.string(), std::strerror(errno));
  }
}

}  // namespace seqrl

#include "agents/sac/replay_buffer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "configs/base/errno_text.h"
#include "configs/base/error.h"
#include "configs/base/file_handle.h"
#include "configs/base/files.h"
#include "configs/base/hash.h"
#include "configs/base/staging.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeader = 64;
constexpr std::size_t kDigits = 16;  // of a checksum
constexpr std::size_t kDims = 16;    // the offset of the two dimensions
static_assert(sizeof(ReplayBuffer::kMagic) <= kDims);

using Header = std::array<char, kHeader>;

Header make_header(std::int64_t observation_dim, std::int64_t action_dim) {
  Header header{};
  std::memcpy(header.data(), ReplayBuffer::kMagic, sizeof ReplayBuffer::kMagic);
  std::memcpy(header.data() + kDims, &observation_dim, sizeof observation_dim);
  std::memcpy(header.data() + kDims + 8, &action_dim, sizeof action_dim);
  return header;
}

// Reads up to `bytes` bytes and returns their number.
std::size_t read_at(int file, void* to, std::size_t bytes, std::size_t offset,
                    const fs::path& path) {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t count = ::pread(file, static_cast<char*>(to) + done, bytes - done,
                                  static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot read {}: {}", path.string(), errno_text(errno));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

void write_at(int file, const void* from, std::size_t bytes, std::size_t offset,
              const fs::path& path) {
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t count = ::pwrite(file, static_cast<const char*>(from) + done, bytes - done,
                                   static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot write {}: {}", path.string(), errno_text(errno));
    done += static_cast<std::size_t>(count);
  }
}

int open_regular(const fs::path& path, int flags) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    SEQRL_REQUIRE(!S_ISLNK(there.st_mode), "{}: is a symbolic link; put the file itself there",
                  path.string());
    SEQRL_REQUIRE(S_ISREG(there.st_mode), "{}: is not a regular file", path.string());
  } else {
    SEQRL_REQUIRE(errno != ENOENT,
                  "{}: missing, with all transitions of the run; put it back, or start a new run",
                  path.string());
  }
  const int file = ::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  SEQRL_REQUIRE(file >= 0, "cannot open {}: {}", path.string(), errno_text(errno));
  return file;
}

// Reserves `bytes` bytes; if there is no space, the file keeps its length.
void reserve(int file, std::size_t bytes, std::int64_t rows, const fs::path& path) {
  struct stat status {};
  if (::fstat(file, &status) == 0 && static_cast<std::size_t>(status.st_size) >= bytes) return;
  const int error = ::posix_fallocate(file, 0, static_cast<off_t>(bytes));
  if (error == 0) return;
  [[maybe_unused]] const int cut = ::ftruncate(file, status.st_size);
  fail("cannot write {}: not enough disk space for {} transitions, {} MB: {}", path.string(), rows,
       bytes >> 20, errno_text(error));
}

}  // namespace

ReplayBuffer::ReplayBuffer(std::int64_t observation_dim, std::int64_t action_dim,
                           std::int64_t capacity)
    : observation_dim_(observation_dim), action_dim_(action_dim), capacity_(capacity) {
  SEQRL_CHECK(observation_dim > 0 && action_dim > 0 && capacity >= 0);
  // The system allocates a page when a row is written to it.
  void* memory = ::mmap(nullptr, file_bytes(), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    fail("not enough memory for a replay buffer of {} transitions, {} MB: {}", capacity,
         file_bytes() >> 20, errno_text(errno));
  }
  rows_ = static_cast<float*>(memory);
}

ReplayBuffer::ReplayBuffer(ReplayBuffer&& other) noexcept
    : observation_dim_(other.observation_dim_),
      action_dim_(other.action_dim_),
      capacity_(other.capacity_),
      size_(other.size_),
      rows_(std::exchange(other.rows_, nullptr)),
      checksums_(std::move(other.checksums_)),
      path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      written_(other.written_) {}

ReplayBuffer::~ReplayBuffer() {
  if (rows_ != nullptr) ::munmap(rows_, file_bytes());
  if (file_ >= 0) ::close(file_);
}

std::size_t ReplayBuffer::file_bytes() const {
  return kHeader + static_cast<std::size_t>(capacity_) * row_bytes();
}

ReplayBuffer ReplayBuffer::open(const fs::path& path, const CheckpointReader& checkpoint) {
  const FileHandle descriptor{open_regular(path, O_RDONLY)};
  std::int64_t dims[2] = {0, 0};
  read_at(descriptor.number(), dims, sizeof dims, kDims, path);
  const bool sane = std::ranges::all_of(dims, [](auto dim) { return dim > 0 && dim < 1 << 20; });
  SEQRL_REQUIRE(sane, "{}: not a replay buffer of seqrl", path.string());
  const auto transitions = checkpoint.number<std::int64_t>("transitions");
  struct stat status {};
  const bool known = ::fstat(descriptor.number(), &status) == 0;
  // A row has at least one float32.
  SEQRL_REQUIRE(
      known && transitions >= 0 &&
          transitions <= status.st_size / static_cast<std::int64_t>(sizeof(float)),
      "{}: cut short: it cannot hold the {} transitions that {} expects; restore the run's own "
      "file, or start a new run",
      path.string(), transitions, checkpoint.path());
  ReplayBuffer buffer(dims[0], dims[1], transitions);
  buffer.read(descriptor.number(), path, checkpoint);
  return buffer;
}

void ReplayBuffer::create(const fs::path& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    // A file without rows is left by a start that was killed before its first checkpoint.
    const FileHandle old{open_regular(path, O_RDONLY)};
    std::vector<float> first(static_cast<std::size_t>(width()));
    read_at(old.number(), first.data(), row_bytes(), kHeader, path);
    SEQRL_REQUIRE(
        std::ranges::all_of(first, [](float value) { return value == 0; }),
        "{}: holds the transitions of another run; move it away, or choose another folder",
        path.string());
  }
  Staging staging(path, Staging::Kind::file);
  reserve(staging.descriptor(), file_bytes(), capacity_, path);
  const Header header = make_header(observation_dim_, action_dim_);
  write_at(staging.descriptor(), header.data(), kHeader, 0, path);
  staging.publish();
  path_ = path;
  file_ = open_regular(path, O_RDWR);
  written_ = 0;
}

void ReplayBuffer::load(const fs::path& path, const CheckpointReader& checkpoint) {
  const FileHandle descriptor{open_regular(path, O_RDONLY)};
  read(descriptor.number(), path, checkpoint);
}

void ReplayBuffer::read(int file, const fs::path& path, const CheckpointReader& checkpoint) {
  const auto transitions = checkpoint.number<std::int64_t>("transitions");
  const auto length = checkpoint.number<std::int64_t>("episode_length");
  SEQRL_REQUIRE(
      transitions >= 0 && transitions <= capacity_ && length >= 0 && length <= transitions,
      "{}: its counts of transitions are invalid; the checkpoint is damaged", checkpoint.path());
  Header header{};
  const bool whole = read_at(file, header.data(), kHeader, 0, path) == kHeader;
  SEQRL_REQUIRE(whole && std::memcmp(header.data(), kMagic, sizeof kMagic) == 0,
                "{}: not a replay buffer of seqrl; restore the run's own file, or start a new run",
                path.string());
  SEQRL_REQUIRE(header == make_header(observation_dim_, action_dim_),
                "{}: not the replay buffer of this run: its header does not say {} observation and "
                "{} action dimensions",
                path.string(), observation_dim_, action_dim_);
  const std::size_t bytes = static_cast<std::size_t>(transitions) * row_bytes();
  const std::size_t there = read_at(file, rows_, bytes, kHeader, path);
  SEQRL_REQUIRE(there == bytes,
                "{}: cut short: it holds {} of the {} transitions that {} expects; restore the "
                "run's own file, or start a new run",
                path.string(), there / row_bytes(), transitions, checkpoint.path());
  size_ = written_ = transitions;
  checksums_.clear();
  // The latest row of a running episode may have been ended since, by rows that do not count.
  if (length > 0) end_episode(End::running);
  if (!checkpoint.has_text("replay_checksums")) return;  // from an earlier version
  const std::string &known = checkpoint.text("replay_checksums"), now = checksums();
  for (std::size_t at = 0; at < std::max(known.size(), now.size()); at += kDigits) {
    const auto of_block = [&](const std::string& all) {
      return at < all.size() ? all.substr(at, kDigits) : std::string();
    };
    const auto first = static_cast<std::int64_t>(at / kDigits) * kBlock;
    SEQRL_REQUIRE(of_block(known) == of_block(now),
                  "{}: transitions {} to {} are not those that {} expects: the file is damaged, or "
                  "belongs to another run; restore the run's own file, or start a new run",
                  path.string(), first, std::min(first + kBlock, transitions) - 1,
                  checkpoint.path());
  }
}

void ReplayBuffer::resume(const fs::path& path) {
  const FileHandle descriptor{open_regular(path, O_RDWR)};
  reserve(descriptor.number(), file_bytes(), capacity_, path);
  path_ = path;
  file_ = ::fcntl(descriptor.number(), F_DUPFD_CLOEXEC, 0);
  if (file_ < 0) fail("cannot open {}: {}", path.string(), errno_text(errno));
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

void ReplayBuffer::end_episode(End end) {
  SEQRL_CHECK(size_ > 0);
  row(size_ - 1)[width() - 1] = static_cast<float>(end);
  written_ = std::min(written_, size_ - 1);
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

std::uint64_t ReplayBuffer::checksum(std::int64_t block) const {
  const std::int64_t begin = block * kBlock, end = std::min(begin + kBlock, size_);
  Hash64 hash;
  hash.add(std::span<const float>(row(begin), row(end)));
  return hash.result();
}

std::string ReplayBuffer::checksums() {
  // The latest row may still change.
  while ((std::ssize(checksums_) + 1) * kBlock < size_) {
    checksums_.push_back(checksum(std::ssize(checksums_)));
  }
  std::string text;
  for (const std::uint64_t known : checksums_) text += fmt::format("{:016x}", known);
  const std::int64_t last = std::ssize(checksums_);
  if (last * kBlock < size_) text += fmt::format("{:016x}", checksum(last));
  return text;
}

void ReplayBuffer::save(CheckpointWriter& checkpoint) {
  if (file_ >= 0) sync();
  checkpoint.add_number("transitions", size_);
  checkpoint.add_text("replay_checksums", checksums());
}

void ReplayBuffer::sync() {
  require_untouched();
  write_at(file_, row(written_), static_cast<std::size_t>(size_ - written_) * row_bytes(),
           kHeader + static_cast<std::size_t>(written_) * row_bytes(), path_);
  if (::fdatasync(file_) != 0) fail("cannot write {}: {}", path_.string(), errno_text(errno));
  written_ = size_;
}

void ReplayBuffer::require_untouched() {
  struct stat ours {
  }, there{};
  if (::stat(path_.c_str(), &there) != 0) {
    fail("cannot write {}: it was moved or removed while the run was using it", path_.string());
  }
  const bool same = ::fstat(file_, &ours) == 0 && ours.st_dev == there.st_dev &&
                    ours.st_ino == there.st_ino &&
                    static_cast<std::size_t>(ours.st_size) >= file_bytes();
  if (same) return;
  write_file_atomically(path_, [&](OutputFile& file) {
    const Header header = make_header(observation_dim_, action_dim_);
    file.write({header.data(), kHeader});
    file.write({reinterpret_cast<const char*>(rows_), file_bytes() - kHeader});
  });
  fail(
      "{}: was truncated or replaced while the run was using it; its contents have been restored; "
      "find the cause, then resume the run",
      path_.string());
}

}  // namespace seqrl

// Everything a run has lived, in the order it was lived.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// A fixed number of rows in memory that a file can back. A run only ever adds rows, so what a
// checkpoint needs of the buffer is how many there were: rows written after it do not count.
//
// The file: 64 bytes of header (kMagic, then observation_dim, action_dim, little-endian int64),
// then the rows, each of float32: observation, action, reward, next_observation,
// log_probability of the action, and how the episode went on (End).
class ReplayBuffer {
 public:
  static constexpr char kMagic[] = "seqrl replay 1";

  enum class End : std::uint8_t { running, terminated, timeout };

  struct Transition {
    std::span<const float> observation, action;
    float reward;
    std::span<const float> next_observation;
    float log_probability;
    End end;
  };

  // Of `capacity` rows, in memory alone.
  ReplayBuffer(std::int64_t observation_dim, std::int64_t action_dim, std::int64_t capacity);

  // The rows of a file, `size` of them, as they are; to be read only.
  static ReplayBuffer open(const std::filesystem::path& path);

  ReplayBuffer(ReplayBuffer&& other) noexcept;
  ReplayBuffer& operator=(ReplayBuffer&&) = delete;
  ~ReplayBuffer();

  // From now on the rows live in this file, made or grown to hold `capacity` of them; those that
  // are in it take the place of those in memory, and none counts until resize(). The space on the
  // disk is taken at once: a disk that is too small is an Error of kind failure here and now.
  void live_in(const std::filesystem::path& path);

  std::int64_t observation_dim() const { return observation_dim_; }
  std::int64_t action_dim() const { return action_dim_; }
  std::int64_t capacity() const { return capacity_; }
  std::int64_t size() const { return size_; }

  void append(const Transition& transition);
  // The first `size` rows count; what is in memory or in the file becomes of the rest.
  void resize(std::int64_t size);
  // Changes how the latest row's episode went on.
  void end_episode(End end);

  Transition operator[](std::int64_t row) const;

  // Returns when all rows are on the disk, where they have a file.
  void sync() const;

 private:
  std::int64_t width() const { return 2 * observation_dim_ + action_dim_ + 3; }
  std::size_t bytes() const;
  const float* row(std::int64_t index) const;
  float* row(std::int64_t index);
  void unmap();

  std::int64_t observation_dim_, action_dim_, capacity_;
  std::int64_t size_ = 0;
  std::byte* memory_ = nullptr;  // the header, then the rows
  std::filesystem::path path_;   // empty: memory alone
};

}  // namespace seqrl

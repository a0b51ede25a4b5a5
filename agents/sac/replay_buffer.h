// A replay buffer holds the transitions that a run has made by acting, oldest first.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "agents/datasets/trajectories.h"
#include "models/training/checkpoint.h"

namespace seqrl {

// A fixed number of rows in memory, backed by a file between checkpoints. A run only adds rows, so
// a checkpoint stores their number: rows written after it do not count. It also stores a checksum
// of every block of rows, to detect a file that is damaged or another run's.
//
// The file: 64 bytes of header (kMagic, then observation_dim, action_dim, little-endian int64),
// then the rows, each of float32: observation, action, reward, next_observation, log_probability of
// the action, and how the episode continued (End). Actions and their densities are in the
// environment's units, as played. The file is read and written, never mapped: changes to the file
// do not affect the rows in memory.
class ReplayBuffer {
 public:
  static constexpr char kMagic[] = "seqrl replay 1";
  static constexpr std::int64_t kBlock = 4096;  // rows per checksum

  enum class End : std::uint8_t { running, terminated, timeout };

  struct Transition {
    std::span<const float> observation, action;
    float reward;
    std::span<const float> next_observation;
    float log_probability;
    End end;
  };

  // With `capacity` rows, in memory only.
  ReplayBuffer(std::int64_t observation_dim, std::int64_t action_dim, std::int64_t capacity);

  // The rows of a run's file that its checkpoint counts. Errors as for load().
  static ReplayBuffer open(const std::filesystem::path& path, const CheckpointReader& checkpoint);

  ReplayBuffer(ReplayBuffer&& other) noexcept;
  ReplayBuffer& operator=(ReplayBuffer&&) = delete;
  ~ReplayBuffer();

  // From now on a new file stores the rows. Its disk space is reserved immediately: if the disk is
  // too small, this is an Error of kind failure here. An Error of kind user if there is a file with
  // rows, or a link.
  void create(const std::filesystem::path& path);

  // Reads the rows that a checkpoint counts. Nothing is written. A file that is missing, a link,
  // truncated, damaged or another run's is an Error of kind user.
  void load(const std::filesystem::path& path, const CheckpointReader& checkpoint);
  // From now on the file read by load() stores the rows; it grows to the full capacity.
  void resume(const std::filesystem::path& path);

  // Writes the rows to disk, if they have a file, and adds to a checkpoint what load() needs to
  // find them again. An Error of kind failure if the file cannot be written, or if another process
  // has truncated or replaced it in the meantime; in that case it is complete again.
  void save(CheckpointWriter& checkpoint);

  std::int64_t observation_dim() const { return observation_dim_; }
  std::int64_t action_dim() const { return action_dim_; }
  std::int64_t capacity() const { return capacity_; }
  std::int64_t size() const { return size_; }

  void append(const Transition& transition);
  // Changes the `end` of the latest row.
  void end_episode(End end);

  Transition operator[](std::int64_t row) const;

 private:
  std::int64_t width() const { return 2 * observation_dim_ + action_dim_ + 3; }
  std::size_t row_bytes() const { return static_cast<std::size_t>(width()) * sizeof(float); }
  std::size_t file_bytes() const;
  float* row(std::int64_t index) const { return rows_ + index * width(); }
  void read(int file, const std::filesystem::path& path, const CheckpointReader& checkpoint);
  std::uint64_t checksum(std::int64_t block) const;
  std::string checksums();
  void sync();
  void require_untouched();

  std::int64_t observation_dim_, action_dim_, capacity_;
  std::int64_t size_ = 0;
  float* rows_ = nullptr;
  std::vector<std::uint64_t> checksums_;  // of blocks whose rows no longer change

  std::filesystem::path path_;  // empty: memory only
  int file_ = -1;
  std::int64_t written_ = 0;  // rows of the file that equal those in memory
};

}  // namespace seqrl

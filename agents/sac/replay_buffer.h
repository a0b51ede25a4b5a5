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

// A fixed number of rows in memory, which a file keeps from one checkpoint to the next. A run only
// ever adds rows, so what a checkpoint needs of the buffer is how many there were: rows written
// after it do not count. It also has a checksum of every block of rows, so that a file which is
// damaged, or another run's, is noticed.
//
// The file: 64 bytes of header (kMagic, then observation_dim, action_dim, little-endian int64),
// then the rows, each of float32: observation, action, reward, next_observation,
// log_probability of the action, and how the episode went on (End). Actions and their densities are
// in the environment's units: a row is what was played. The file is read and written, never mapped:
// whatever happens to it, the rows in memory stay.
class ReplayBuffer {
 public:
  static constexpr char kMagic[] = "seqrl replay 1";
  static constexpr std::int64_t kBlock = 4096;  // rows to a checksum

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

  // The rows of a run's file that its checkpoint counts. Errors as those of load().
  static ReplayBuffer open(const std::filesystem::path& path, const CheckpointReader& checkpoint);

  ReplayBuffer(ReplayBuffer&& other) noexcept;
  ReplayBuffer& operator=(ReplayBuffer&&) = delete;
  ~ReplayBuffer();

  // From now on a new file keeps the rows. Its space on the disk is taken at once: a disk that is
  // too small is an Error of kind failure here and now. One of kind user where there is a file that
  // holds rows, or a link.
  void create(const std::filesystem::path& path);

  // Reads the rows that a checkpoint counts. Nothing is written. A file that is missing, a link,
  // cut short, damaged or another run's is an Error of kind user.
  void load(const std::filesystem::path& path, const CheckpointReader& checkpoint);
  // From now on the file that load() has read keeps the rows; it grows to hold all of the capacity.
  void resume(const std::filesystem::path& path);

  // Brings the rows to the disk, where they have a file, and adds to a checkpoint what load() needs
  // to find them again. An Error of kind failure when the file cannot be written; also where
  // somebody has cut or replaced it meanwhile, and then it is whole again.
  void save(CheckpointWriter& checkpoint);

  std::int64_t observation_dim() const { return observation_dim_; }
  std::int64_t action_dim() const { return action_dim_; }
  std::int64_t capacity() const { return capacity_; }
  std::int64_t size() const { return size_; }

  void append(const Transition& transition);
  // Changes how the latest row's episode went on.
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
  std::vector<std::uint64_t> checksums_;  // of blocks whose rows do not change any more

  std::filesystem::path path_;  // empty: memory alone
  int file_ = -1;
  std::int64_t written_ = 0;  // rows of the file that are as in memory
};

}  // namespace seqrl

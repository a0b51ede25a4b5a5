#include "agents/sac/replay_buffer.h"

#include <filesystem>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "tests/catch.h"
#include "tests/full_disk.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

// Row i, with two observations and one action, holds numbers near i.
void append(ReplayBuffer& buffer, float i) {
  const std::vector<float> observation = {i, i + 0.25f}, next = {i + 1, i + 1.25f}, action = {-i};
  buffer.append({.observation = observation,
                 .action = action,
                 .reward = 10 * i,
                 .next_observation = next,
                 .log_probability = i / 2,
                 .end = i == 1 ? ReplayBuffer::End::terminated : ReplayBuffer::End::running});
}

void check_row(const ReplayBuffer& buffer, std::int64_t row) {
  const float i = static_cast<float>(row);
  const ReplayBuffer::Transition transition = buffer[row];
  CHECK(transition.observation[1] == i + 0.25f);
  CHECK(transition.action[0] == -i);
  CHECK(transition.reward == 10 * i);
  CHECK(transition.next_observation[0] == i + 1);
  CHECK(transition.log_probability == i / 2);
  CHECK((transition.end == ReplayBuffer::End::terminated) == (row == 1));
}

// A checkpoint with the buffer's rows; the latest `length` belong to a running episode.
void save(ReplayBuffer& buffer, const std::filesystem::path& path, std::int64_t length = 0) {
  CheckpointWriter checkpoint;
  buffer.save(checkpoint);
  checkpoint.add_number("episode_length", length);
  checkpoint.write(path);
}

}  // namespace

TEST_CASE("a replay buffer stores its rows in memory and in a file") {
  const TemporaryFolder folder;
  ReplayBuffer memory(2, 1, 4);
  append(memory, 0);
  append(memory, 1);
  CHECK(memory.size() == 2);
  check_row(memory, 0);
  check_row(memory, 1);
  memory.end_episode(ReplayBuffer::End::timeout);
  CHECK(memory[1].end == ReplayBuffer::End::timeout);

  const auto path = folder / "replay.bin";
  {
    ReplayBuffer buffer(2, 1, 4);
    buffer.create(path);
    for (int i = 0; i < 3; ++i) append(buffer, static_cast<float>(i));
    save(buffer, folder / "checkpoint");
    append(buffer, 7);  // which no checkpoint counts
  }
  const CheckpointReader checkpoint(folder / "checkpoint");
  ReplayBuffer longer(2, 1, 10);  // a run that was extended
  longer.load(path, checkpoint);
  CHECK(longer.size() == 3);
  longer.resume(path);
  append(longer, 3);
  for (std::int64_t row = 0; row < 4; ++row) check_row(longer, row);
  save(longer, folder / "later");
  const ReplayBuffer read = ReplayBuffer::open(path, CheckpointReader(folder / "later"));
  CHECK(read.size() == 4);
  check_row(read, 3);
}

TEST_CASE("a file that is not this run's replay buffer is rejected and left unchanged") {
  const TemporaryFolder folder;
  const auto path = folder / "replay.bin";
  const auto refused = [&](std::int64_t observation_dim = 2) {
    const bool is_there = std::filesystem::exists(path);
    const std::string before = is_there ? read_file(path) : "";
    try {
      ReplayBuffer(observation_dim, 1, 4).load(path, CheckpointReader(folder / "checkpoint"));
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::user);
      CHECK((!is_there || read_file(path) == before));
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  ReplayBuffer buffer(2, 1, 4);
  buffer.create(path);
  for (int i = 0; i < 3; ++i) append(buffer, static_cast<float>(i));
  save(buffer, folder / "checkpoint");
  CHECK(refused() == "nothing");
  CHECK_THAT(refused(3), Catch::Contains("not the replay buffer of this run"));

  const std::string whole = read_file(path);
  for (const std::string& content :
       {std::string(), std::string("short"), std::string(500, 'x'), std::string(500, '\0')}) {
    write_file_atomically(path, content);
    CHECK_THAT(refused(), Catch::Contains("not a replay buffer"));
  }
  write_file_atomically(path, whole.substr(0, 64 + 2 * 32 + 5));
  CHECK_THAT(refused(), Catch::Contains("cut short: it holds 2 of the 3 transitions"));
  for (std::size_t byte = 0; byte < 64 + 3 * 32; ++byte) {
    std::string flipped = whole;
    flipped[byte] = static_cast<char>(flipped[byte] ^ 1 << byte % 8);
    write_file_atomically(path, flipped);
    INFO(byte);
    CHECK(refused() != "nothing");
  }
  ReplayBuffer other(2, 1, 4);
  std::filesystem::remove(path);
  CHECK_THAT(refused(), Catch::Contains("replay.bin: missing"));
  other.create(path);
  for (int i = 1; i < 4; ++i) append(other, static_cast<float>(i));
  save(other, folder / "other");
  CHECK_THAT(refused(), Catch::Contains("transitions 0 to 2 are not those"));
  CHECK_THROWS_WITH(ReplayBuffer(2, 1, 4).create(path),
                    Catch::Contains("the transitions of another run"));
  std::filesystem::rename(path, folder / "elsewhere.bin");
  std::filesystem::create_symlink(folder / "elsewhere.bin", path);
  CHECK_THAT(refused(), Catch::Contains("is a symbolic link"));
  CHECK_THROWS_WITH(ReplayBuffer(2, 1, 4).create(path), Catch::Contains("is a symbolic link"));
}

TEST_CASE("a checkpoint that claims more rows than the file can hold is rejected") {
  const TemporaryFolder folder;
  ReplayBuffer buffer(2, 1, 4);
  buffer.create(folder / "replay.bin");
  append(buffer, 0);
  for (const std::int64_t rows : {std::int64_t{1000}, std::int64_t{1} << 60, std::int64_t{-1}}) {
    CheckpointWriter checkpoint;
    checkpoint.add_number("transitions", rows);
    checkpoint.add_number("episode_length", std::int64_t{1});
    checkpoint.write(folder / "checkpoint");
    CHECK_THROWS_WITH(
        ReplayBuffer::open(folder / "replay.bin", CheckpointReader(folder / "checkpoint")),
        Catch::Contains("cut short: it cannot hold"));
  }
}

TEST_CASE("a flipped bit is reported with its block of transitions") {
  const TemporaryFolder folder;
  const auto path = folder / "replay.bin";
  const std::int64_t rows = 2 * ReplayBuffer::kBlock + 2;
  ReplayBuffer buffer(2, 1, rows);
  buffer.create(path);
  for (std::int64_t i = 0; i < rows; ++i) {
    append(buffer, static_cast<float>(i));
    if (i % 1000 == 0) save(buffer, folder / "checkpoint");
  }
  save(buffer, folder / "checkpoint");
  std::string bytes = read_file(path);
  bytes[64 + 5000 * 32] ^= 1;
  write_file_atomically(path, bytes);
  CHECK_THROWS_WITH(ReplayBuffer::open(path, CheckpointReader(folder / "checkpoint")),
                    Catch::Contains("transitions 4096 to 8191 are not those"));
}

TEST_CASE("an episode that ended after the checkpoint is still running at the checkpoint") {
  const TemporaryFolder folder;
  const auto path = folder / "replay.bin";
  ReplayBuffer buffer(2, 1, 4);
  buffer.create(path);
  append(buffer, 0);
  save(buffer, folder / "checkpoint", 1);
  buffer.end_episode(ReplayBuffer::End::timeout);
  save(buffer, folder / "later", 0);
  ReplayBuffer resumed(2, 1, 4);
  resumed.load(path, CheckpointReader(folder / "checkpoint"));
  CHECK(resumed[0].end == ReplayBuffer::End::running);
}

TEST_CASE("a replay buffer truncated or removed during use is reported, and truncation is undone") {
  const TemporaryFolder folder;
  const auto path = folder / "replay.bin";
  ReplayBuffer buffer(2, 1, 4);
  buffer.create(path);
  append(buffer, 0);
  save(buffer, folder / "checkpoint");
  std::filesystem::resize_file(path, 10);
  append(buffer, 1);
  CHECK_THROWS_WITH(save(buffer, folder / "later"), Catch::Contains("was truncated or replaced"));
  ReplayBuffer resumed(2, 1, 4);
  resumed.load(path, CheckpointReader(folder / "checkpoint"));
  check_row(resumed, 0);
  resumed.resume(path);
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(save(resumed, folder / "later"), Catch::Contains("moved or removed"));
}

TEST_CASE("a replay buffer reserves its disk space at once or fails") {
  const TemporaryFolder folder;
  const FullDisk disk(10'000);
  ReplayBuffer buffer(2, 1, 100'000);
  CHECK_THROWS_WITH(
      buffer.create(folder / "replay.bin"),
      Catch::Contains("replay.bin") && Catch::Contains("not enough disk space for 100000"));
  CHECK(std::filesystem::is_empty(folder.path()));
}

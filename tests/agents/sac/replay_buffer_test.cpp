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

// Row i of a world with two observations and one action holds numbers near i.
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

}  // namespace

TEST_CASE("a replay buffer keeps its rows, in memory and in a file") {
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
    buffer.live_in(path);
    for (int i = 0; i < 3; ++i) append(buffer, static_cast<float>(i));
    buffer.sync();
  }
  ReplayBuffer longer(2, 1, 10);  // a run that goes on for longer
  longer.live_in(path);
  CHECK(longer.size() == 0);
  longer.resize(3);
  append(longer, 3);
  for (std::int64_t row = 0; row < 4; ++row) check_row(longer, row);
  longer.sync();
  const ReplayBuffer read = ReplayBuffer::open(path);
  CHECK(read.size() == 10);
  check_row(read, 3);
}

TEST_CASE("what is no replay buffer, or another run's, is refused") {
  const TemporaryFolder folder;
  const auto path = folder / "replay.bin";
  CHECK_THROWS_WITH(ReplayBuffer::open(path), Catch::Contains("cannot be read"));
  for (const std::string& content : {std::string(), std::string("short"), std::string(500, 'x')}) {
    write_file_atomically(path, content);
    CHECK_THROWS_WITH(ReplayBuffer::open(path), Catch::Contains("not a replay buffer"));
  }
  std::filesystem::remove(path);
  { ReplayBuffer(2, 1, 4).live_in(path); }
  ReplayBuffer other(3, 1, 4);
  CHECK_THROWS_WITH(other.live_in(path), Catch::Contains("not the replay buffer of this run"));
}

TEST_CASE("a replay buffer takes its room on the disk at once, or says that there is none") {
  const TemporaryFolder folder;
  const FullDisk disk(10'000);
  ReplayBuffer buffer(2, 1, 100'000);
  CHECK_THROWS_WITH(buffer.live_in(folder / "replay.bin"),
                    Catch::Contains("replay.bin") && Catch::Contains("no room for 100000"));
}

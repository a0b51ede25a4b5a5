// The program's notes on its data: in `info`, and at the start of a training, on the console and in
// log.txt.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "agents/datasets/hdf5_writer.h"
#include "configs/base/random.h"
#include "tests/agents/datasets/odd_hdf5.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/tools/program/program.h"

using namespace seqrl;

namespace {

namespace fs = std::filesystem;

// Numbers with hopper's sizes, in episodes of 100 steps; each test changes what it needs.
struct HopperArrays {
  std::size_t rows;
  std::vector<double> observations, actions, rewards;
  std::vector<std::uint8_t> terminals, timeouts;
  std::string timeouts_name = "timeouts", terminals_name = "terminals";

  explicit HopperArrays(std::size_t count = 300) : rows(count), terminals(count), timeouts(count) {
    Random random(1, Purpose::test);
    for (std::size_t i = 0; i < rows * 11; ++i) observations.push_back(random.normal());
    for (std::size_t i = 0; i < rows * 3; ++i) actions.push_back(1.8 * random.uniform() - 0.9);
    for (std::size_t i = 0; i < rows; ++i) rewards.push_back(10 * random.uniform());
    for (std::size_t i = 99; i < rows; i += 100) timeouts[i] = 1;
  }

  void write(const fs::path& path) const {
    Hdf5Writer file(path);
    const auto n = static_cast<std::int64_t>(rows);
    file.add("observations", {n, 11}, observations);
    file.add("actions", {n, 3}, actions);
    file.add("rewards", {n}, rewards);
    file.add_flags(terminals_name, {n}, terminals);
    if (!timeouts_name.empty()) file.add_flags(timeouts_name, {n}, timeouts);
    file.close();
  }
};

struct DataFolder : TemporaryFolder {
  DataFolder() {
    write_file_atomically(*this / "tiny.yaml",
                          "env: hopper\ndevice: cpu\ndataset: {path: data.hdf5}\noutput: run\n");
  }
  void write(const std::function<void(HopperArrays&)>& change, std::size_t rows = 300) const {
    HopperArrays arrays(rows);
    change(arrays);
    arrays.write(*this / "data.hdf5");
  }
  Ran train(const std::string& settings = "") const {
    fs::remove_all(*this / "run");
    return seqrl_in(
        *this,
        "train tiny.yaml " + kTinyRun +
            (settings.find("training.steps") == std::string::npos ? "training.steps=2 " : "") +
            settings);
  }
  // Reported by `info`, and by `train` on the console and in log.txt.
  void noted(const std::string& note, const std::string& settings = "") const {
    const Ran info = seqrl_in(*this, "info data.hdf5");
    INFO(info.err);
    CHECK_THAT(info.out, ContainsSubstring(note));
    noted_by_train(note, settings);
  }
  void noted_by_train(const std::string& note, const std::string& settings = "") const {
    const Ran ran = train(settings);
    CHECK_THAT(ran.err, ContainsSubstring(note));
    REQUIRE(ran.status == 0);
    CHECK_THAT(read_file(*this / "run/log.txt"), ContainsSubstring(note));
  }
  void refused(const std::string& why, const std::string& settings = "") const {
    const Ran ran = train(settings);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, ContainsSubstring(why));
    CHECK(!fs::exists(*this / "run"));
  }
};

}  // namespace

TEST_CASE("overlong episodes without marked ends are an error unless allowed") {
  const DataFolder folder;
  folder.write(
      [](HopperArrays& data) {
        std::ranges::fill(data.timeouts, std::uint8_t{0});
        data.terminals.back() = 1;
      },
      2500);
  folder.refused("the longest, from transition 0, has 2500; perhaps not every end is marked");
  folder.refused("dataset.long_episodes=split");
  CHECK_THAT(seqrl_in(folder, "info data.hdf5").out,
             ContainsSubstring("note: 'timeouts' is never set"));
  folder.noted_by_train("'timeouts' is never set", "dataset.long_episodes=keep");
  folder.noted_by_train("an episode was longer than 1000 steps and split after every 1000",
                        "dataset.long_episodes=split");
  CHECK_THAT(read_file(folder / "run/log.txt"), ContainsSubstring("3 episodes, 2500 transitions"));
  CHECK(seqrl_in(folder, "train --resume run training.steps=3").status == 0);
}

TEST_CASE("info of several datasets prints each of them, as a list with --json") {
  const DataFolder folder;
  HopperArrays(200).write(folder / "a.hdf5");
  HopperArrays(300).write(folder / "b.hdf5");
  const auto info = [&](const std::string& what) {
    const Ran ran = seqrl_in(folder, "info " + what);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    return ran.out;
  };
  CHECK(info("a.hdf5 b.hdf5") == info("a.hdf5") + "\n" + info("b.hdf5"));
  using Json = nlohmann::json;
  const Json all = Json::parse(info("a.hdf5 b.hdf5 --json"));
  CHECK(all == Json{Json::parse(info("a.hdf5 --json")), Json::parse(info("b.hdf5 --json"))});
  CHECK(all[1].at("transitions") == 300);
  for (const char* what : {"a.hdf5 tiny.yaml", "a.hdf5 no.hdf5", "a.hdf5 b.hdf5 seed=3"}) {
    const Ran ran = seqrl_in(folder, std::string("info --json ") + what);
    CHECK(ran.status == 2);
    CHECK(ran.out.empty());
    CHECK(is_one_line(ran.err));
  }
}

TEST_CASE("episode ends under other names are recognised, with a note") {
  for (const std::string name : {"truncations", "episode_terminals", "dones", "is_last"}) {
    const DataFolder folder;
    folder.write([&](HopperArrays& data) { data.timeouts_name = name; });
    folder.noted("no 'timeouts': '" + name + "' marks the ends of episodes without a terminal");
    CHECK_THAT(read_file(folder / "run/log.txt"), ContainsSubstring("3 episodes, 300 transitions"));
  }
  const DataFolder folder;
  folder.write([](HopperArrays& data) { data.terminals_name = "terminations"; });
  folder.noted("no 'terminals': 'terminations' marks terminations instead");
}

TEST_CASE("incomplete, repeated and out-of-range data is reported") {
  const DataFolder folder;
  SECTION("an unfinished last episode") {
    folder.write([](HopperArrays& data) { data.timeouts.back() = 0; });
    folder.noted("100 transitions of an episode without an end");
  }
  SECTION("no episode end") {
    folder.write([](HopperArrays& data) { std::ranges::fill(data.timeouts, std::uint8_t{0}); });
    folder.refused("none of its 300 transitions belong to an episode with an end; mark where");
  }
  SECTION("rows that were never filled") {
    folder.write([](HopperArrays& data) {
      const auto half = [](auto& values) {
        std::fill(values.begin() + static_cast<std::ptrdiff_t>(values.size() / 3), values.end(), 0);
      };
      half(data.observations), half(data.actions), half(data.rewards), half(data.timeouts);
    });
    folder.noted("the last 200 of 300 transitions are all 0");
    CHECK_THAT(read_file(folder / "run/log.txt"), ContainsSubstring("1 episodes, 100 transitions"));
  }
  SECTION("actions outside of the environment's bounds") {
    folder.write([](HopperArrays& data) { data.actions[7] = -2.5; });
    folder.noted_by_train(
        "1 of 300 actions are outside hopper's bounds, the furthest -2.5 at transition 2, "
        "dimension 1, which ranges from -1 to 1");
  }
  SECTION("a repeated episode") {
    folder.write([](HopperArrays& data) {
      std::copy_n(data.observations.begin(), 1100, data.observations.begin() + 1100);
      std::copy_n(data.actions.begin(), 300, data.actions.begin() + 300);
    });
    folder.noted("1 of 3 episodes repeat an earlier one");
  }
}

TEST_CASE("numbers that float32 cannot represent are rejected with their position") {
  const DataFolder folder;
  folder.write([](HopperArrays& data) { data.observations[11 * 5 + 2] = 1e300; });
  folder.refused("'observations' of data.hdf5 holds 1e+300 at row 5, column 2, beyond float32");
  folder.write([](HopperArrays& data) { data.rewards[7] = -1e300; });
  folder.refused("'rewards' of data.hdf5 holds -1e+300 at row 7, column 0");
  folder.write([](HopperArrays& data) { data.rewards[7] = -INFINITY; });
  folder.refused("'rewards' holds -inf at transition 7");
  folder.write([](HopperArrays& data) { data.actions[4] = NAN; });
  folder.refused("'actions' holds nan at transition 1");
  folder.write([](HopperArrays& data) { std::ranges::fill(data.rewards, 3e38); });
  folder.refused(
      "add up to 3e+40, beyond float32 (±3.4e+38): 'rewards' holds 3e+38 at transition 0");
}

TEST_CASE("a loss that is not finite is reported with advice for a new run") {
  const DataFolder folder;
  folder.write([](HopperArrays&) {});
  const Ran ran = folder.train("training.lr=1e30 training.steps=20 training.clip=0");
  CHECK(ran.status == 1);
  CHECK_THAT(ran.err, ContainsSubstring("start a new run with a lower training.lr"));
}

TEST_CASE("a return scale that hides the target is noted, with a suggested value") {
  const DataFolder folder;
  folder.write([](HopperArrays& data) {
    for (double& reward : data.rewards) reward *= -0.2;
  });
  folder.noted_by_train(
      "too small for the target to have an effect; perhaps agent.return_scale=10");
  const Ran ran = folder.train("agent.return_scale=100");
  CHECK(ran.status == 0);
  CHECK_THAT(ran.err, !ContainsSubstring("return_scale"));
}

TEST_CASE("groups that are named like episode ends are ignored") {
  const DataFolder folder;
  folder.write([](HopperArrays&) {});
  {
    OddHdf5 file(folder / "data.hdf5");
    file.group("dones");
    file.group("episode_ends");
  }
  CHECK(folder.train().status == 0);
  {
    OddHdf5 file(folder / "data.hdf5");
    file.remove("timeouts");
    file.group("truncations");
  }
  folder.refused("none of its 300 transitions belong to an episode with an end");
}

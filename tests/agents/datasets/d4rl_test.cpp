#include "agents/datasets/d4rl.h"

#include <cmath>
#include <fstream>

#include "agents/datasets/data_env.h"
#include "agents/datasets/load.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

const std::vector<Episode> kEpisodes = {{0, 4, EndKind::terminated}, {4, 3, EndKind::timeout}};

std::vector<float> copy(std::span<const float> values) {
  return {values.begin(), values.end()};
}

// The first seven transitions of the small file: those of complete episodes.
void check_content(const Trajectories& data) {
  const SmallD4rl file;
  const auto first = [](const std::vector<float>& values, std::int64_t dim) {
    return std::vector<float>(values.begin(), values.begin() + 7 * dim);
  };
  CHECK(data.episodes() == kEpisodes);
  CHECK(copy(data.observations()) == first(file.observations, SmallD4rl::kObservationDim));
  CHECK(copy(data.actions()) == first(file.actions, SmallD4rl::kActionDim));
  CHECK(copy(data.rewards()) == first(file.rewards, 1));
}

}  // namespace

TEST_CASE("D4RL v2: episodes end at terminals and timeouts, and the tail is excluded") {
  const TemporaryFolder folder;
  SmallD4rl().write(folder / "hopper_medium-v2.hdf5");
  const Trajectories data = load_d4rl(folder / "hopper_medium-v2.hdf5");
  check_content(data);
  CHECK(data.source().layout == "D4RL v2");
  CHECK(data.source().env == "hopper");
  CHECK(data.source().notes.size() == 1);
  CHECK_FALSE(data.has_next_observations());
}

TEST_CASE("D4RL v2: next_observations are kept on request") {
  const TemporaryFolder folder;
  const SmallD4rl file;
  file.write(folder / "a.hdf5");
  const Trajectories data =
      load_d4rl(folder / "a.hdf5", {.keep_next_observations = true, .keep_cut_episodes = true});
  CHECK(copy(data.next_observations()) == file.next_observations);
  CHECK(data.episodes().back() == Episode{7, 3, EndKind::cut});
  file.write(folder / "b.hdf5", {"next_observations"});
  CHECK_THAT(rejection([&] { load_d4rl(folder / "b.hdf5", {.keep_next_observations = true}); }),
             ContainsSubstring("has no array 'next_observations'"));
}

TEST_CASE("D4RL v0: without timeouts, episodes end where next_observations is discontinuous") {
  const TemporaryFolder folder;
  SmallD4rl().write(folder / "a.hdf5", {"timeouts"});
  const Trajectories data = load_d4rl(folder / "a.hdf5");
  check_content(data);
  CHECK(data.source().layout == "D4RL v0");
  CHECK_FALSE(data.has_next_observations());
  CHECK_THAT(data.source().notes.at(0), ContainsSubstring("no 'timeouts'"));
}

TEST_CASE("D4RL v0: without timeouts and next_observations, episodes are split at the step limit") {
  const TemporaryFolder folder;
  SmallD4rl().write(folder / "a.hdf5", {"timeouts", "next_observations"});
  const Trajectories data = load_d4rl(folder / "a.hdf5", {.max_episode_steps = 3});
  CHECK(data.episodes() == std::vector<Episode>{{0, 3, EndKind::timeout},
                                                {3, 1, EndKind::terminated},
                                                {4, 3, EndKind::timeout},
                                                {7, 3, EndKind::timeout}});
  CHECK_THAT(data.source().notes.at(0), ContainsSubstring("split after 3 steps"));
}

TEST_CASE("D4RL v0: [N, 1] columns, float64 values and integer or float flags are read") {
  const TemporaryFolder folder;
  const SmallD4rl file;
  const std::int64_t n = SmallD4rl::kTransitions;
  const auto doubles = [](const auto& values) {
    return std::vector<double>(values.begin(), values.end());
  };
  Hdf5Writer writer(folder / "a.hdf5");
  file.write(writer, {"observations", "rewards", "terminals", "timeouts"});
  writer.add("observations", {n, SmallD4rl::kObservationDim}, doubles(file.observations));
  writer.add("rewards", {n, 1}, doubles(file.rewards));
  writer.add("terminals", {n, 1}, std::vector<float>(file.terminals.begin(), file.terminals.end()));
  writer.add("timeouts", {n, 1},
             std::vector<std::int64_t>(file.timeouts.begin(), file.timeouts.end()));
  writer.close();
  check_content(load_d4rl(folder / "a.hdf5"));
}

TEST_CASE("one-dimensional observations and actions may be flat") {
  const TemporaryFolder folder;
  const std::vector<float> values = {1, 2, 3};
  Hdf5Writer writer(folder / "a.hdf5");
  for (const char* name : {"observations", "actions", "rewards"}) writer.add(name, {3}, values);
  writer.add_flags("terminals", {3}, std::vector<std::uint8_t>{0, 0, 1});
  writer.close();
  const Trajectories data = load_d4rl(folder / "a.hdf5");
  CHECK(data.observation_dim() == 1);
  CHECK(copy(data.actions()) == values);
}

TEST_CASE("a terminal that is also a timeout is a termination") {
  const std::uint8_t terminals[] = {0, 1, 0}, timeouts[] = {0, 1, 1};
  CHECK(split_episodes({.terminals = terminals, .timeouts = timeouts}) ==
        std::vector<Episode>{{0, 2, EndKind::terminated}, {2, 1, EndKind::timeout}});
}

TEST_CASE("with timeouts, an unfinished tail as long as the step limit is still cut") {
  const std::uint8_t none[] = {0, 0, 0};
  const EndEvidence evidence = {.terminals = none, .timeouts = none, .max_episode_steps = 3};
  CHECK(split_episodes(evidence) == std::vector<Episode>{{0, 3, EndKind::cut}});
}

TEST_CASE("a missing required array is named") {
  const TemporaryFolder folder;
  for (const std::string name : {"observations", "actions", "rewards", "terminals"}) {
    const auto path = folder / (name + ".hdf5");
    SmallD4rl().write(path, {name});
    CHECK_THAT(rejection([&] { load_d4rl(path); }),
               ContainsSubstring(path.string() + " has no array '" + name + "'"));
  }
}

TEST_CASE("an array of the wrong length is named") {
  const TemporaryFolder folder;
  const auto path = folder / "a.hdf5";
  for (const std::string name :
       {"actions", "rewards", "terminals", "timeouts", "next_observations"}) {
    Hdf5Writer writer(path);
    SmallD4rl().write(writer, {name});
    writer.add(name, {9, 2}, std::vector<float>(18));
    writer.close();
    CHECK_THAT(rejection([&] { load_d4rl(path, {.keep_next_observations = true}); }),
               ContainsSubstring("'" + name + "' of " + path.string() +
                                 " has shape [9, 2], expected [10"));
  }
  Hdf5Writer writer(path);
  SmallD4rl().write(writer, {"rewards"});
  writer.add("rewards", {9}, std::vector<float>(9));
  writer.close();
  CHECK_THAT(rejection([&] { load_d4rl(path); }), ContainsSubstring("shape [9], expected [10] to"));
}

TEST_CASE("an unusable dataset is rejected with the file and array named") {
  const TemporaryFolder folder;
  const auto path = folder / "a.hdf5";
  const auto message = [&](const std::string& replaced, auto&& write) {
    Hdf5Writer writer(path);
    SmallD4rl().write(writer, {replaced});
    write(writer);
    writer.close();
    const std::string text = rejection([&] { load_d4rl(path); });
    CHECK_THAT(text, ContainsSubstring(path.string()));
    return text;
  };
  SECTION("NaN") {
    std::vector<float> rewards(10);
    rewards[3] = NAN;
    CHECK_THAT(message("rewards", [&](Hdf5Writer& w) { w.add("rewards", {10}, rewards); }),
               ContainsSubstring("'rewards' holds nan at transition 3"));
  }
  SECTION("a float64 too large for float32") {
    std::vector<double> rewards(10);
    rewards[9] = -1e300;
    CHECK_THAT(message("rewards", [&](Hdf5Writer& w) { w.add("rewards", {10}, rewards); }),
               ContainsSubstring("holds -1e+300 at row 9, column 0, beyond float32"));
  }
  SECTION("flags that are neither 0 nor 1") {
    const std::vector<std::int64_t> terminals(10, 2);
    CHECK_THAT(message("terminals", [&](Hdf5Writer& w) { w.add("terminals", {10}, terminals); }),
               ContainsSubstring("'terminals' holds 2 at index 0, expected 0 or 1"));
  }
  SECTION("no transitions") {
    const auto empty = [&](Hdf5Writer& w) {
      w.add("observations", {0, 3}, std::vector<float>{});
      w.add("more", {10}, std::vector<float>(10));
    };
    CHECK_THAT(message("observations", empty), ContainsSubstring("observations"));
  }
  SECTION("images") {
    const auto images = [&](Hdf5Writer& w) {
      w.add("observations", {10, 2, 2}, std::vector<float>(40));
    };
    CHECK_THAT(message("observations", images), ContainsSubstring("has shape [10, 2, 2]; only"));
  }
}

TEST_CASE("a file that is empty, truncated or without transitions is rejected") {
  const TemporaryFolder folder;
  const auto path = folder / "a.hdf5";
  {
    Hdf5Writer writer(path);
    const std::vector<float> none;
    writer.add("observations", {0, 3}, none);
    writer.add("actions", {0, 2}, none);
    writer.close();
  }
  CHECK_THAT(rejection([&] { load_d4rl(path); }), ContainsSubstring("holds no transitions"));
  std::ofstream(path, std::ios::trunc).flush();
  CHECK_THAT(rejection([&] { load_d4rl(path); }), ContainsSubstring("the file is empty"));
  SmallD4rl().write(path);
  for (const double part : {0.1, 0.5, 0.99}) {
    const auto size = static_cast<double>(std::filesystem::file_size(path));
    std::filesystem::resize_file(path, static_cast<std::uintmax_t>(size * part));
    CHECK_THAT(rejection([&] { load_d4rl(path); }), ContainsSubstring(path.string()));
  }
  CHECK_THAT(rejection([&] { load_d4rl(folder / "none.hdf5"); }), ContainsSubstring("none.hdf5"));
}

TEST_CASE("environments are recognised by name") {
  CHECK(env_of_name("hopper-medium") == "hopper");
  CHECK(env_of_name("halfcheetah_medium_replay-v2") == "halfcheetah");
  CHECK(env_of_name("maze2d-umaze-v1") == "maze2d_umaze");
  CHECK(env_of_name("Hopper-v4") == "hopper");
  CHECK(env_of_name("Hopper-v5") == "hopper_v5");
  CHECK(env_of_name("hopper_v5-medium") == "hopper_v5");
  CHECK(env_of_name("pusher_v5-random") == "pusher_v5");
  CHECK(env_of_name("ant_d4rl-medium") == "ant_d4rl");
  CHECK(env_of_name("maze2d-medium-dense-v1") == "maze2d_medium_dense");
  CHECK(env_of_name("maze2d-large-sparse-v1") == "maze2d_large");
  CHECK(env_of_name("antmaze-umaze-v2") == "antmaze");
  CHECK(env_of_name("ant") == "ant");
  CHECK(env_of_name("hoppers-medium") == "");
  CHECK(env_of_name("my-data") == "");
  CHECK(env_of_name("") == "");
}

TEST_CASE("a file's name gives D4RL's score only for what D4RL measured") {
  const TemporaryFolder folder;
  const auto expert_of = [&](const std::string& name) {
    SmallD4rl().write(folder / (name + ".hdf5"));
    const auto reference = load_d4rl(folder / (name + ".hdf5")).source().reference;
    return reference ? reference->expert : 0;
  };
  CHECK(expert_of("hopper-medium-v2") == 3234.3);
  CHECK(expert_of("hopper_v5-medium") == 0);
  CHECK(expert_of("maze2d-umaze-v1") == 161.86);
  CHECK(expert_of("maze2d-umaze-dense-v1") == 193.66285642381482);
  CHECK(expert_of("maze2d-eval-umaze-v1") == 0);
}

TEST_CASE("the environment stated in a file takes precedence over the file's name") {
  const TemporaryFolder folder;
  for (const std::string env : {"walker2d", "ant_d4rl", "my_robot"}) {
    Hdf5Writer writer(folder / "hopper-medium.hdf5");
    SmallD4rl().write(writer);
    writer.add_text("metadata/env", env);
    writer.close();
    CHECK(load_d4rl(folder / "hopper-medium.hdf5").source().env == env);
  }
}

TEST_CASE("the recorded datasets have their known mean returns") {
  struct Known {
    const char* name;
    double mean_return;
    std::int64_t episodes;
  };
  const std::filesystem::path data = SEQRL_SOURCE_DIR "/../shared/data";
  if (!std::filesystem::exists(data)) {
    WARN("skipped: " << data << " is not there");
    return;
  }
  for (const Known& known :
       {Known{"hopper-medium", 1573.9129, 232}, Known{"hopper-medium-replay", 277.01847, 1026},
        Known{"hopper-expert", 3273.7690, 111}, Known{"halfcheetah-medium", 4521.1932, 50},
        Known{"halfcheetah-medium-replay", 1666.3242, 50},
        Known{"halfcheetah-expert", 11511.6682, 50}, Known{"walker2d-medium", 2610.7216, 74},
        Known{"walker2d-medium-replay", 430.0857, 329}, Known{"walker2d-expert", 3789.3759, 56}}) {
    INFO(known.name);
    const Trajectories loaded = load_dataset((data / known.name).string() + ".hdf5");
    double sum = 0;
    for (const double value : loaded.returns()) sum += value;
    CHECK(std::ssize(loaded.episodes()) == known.episodes);
    CHECK(sum / static_cast<double>(known.episodes) == Approx(known.mean_return).epsilon(1e-6));
  }
}

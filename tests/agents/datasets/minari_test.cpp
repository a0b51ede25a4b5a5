#include "agents/datasets/minari.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "agents/datasets/load.h"
#include "agents/datasets/summary.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

namespace fs = std::filesystem;

// Twelve episodes with lengths 1 … 12, so that the order of names differs from that of numbers.
// Each step's first observation and reward are the episode's number.
void write_episodes(Hdf5Writer& file, int count = 12) {
  for (int number = 0; number < count; ++number) {
    const std::string group = "episode_" + std::to_string(number);
    const std::int64_t steps = number + 1;
    const auto n = static_cast<std::size_t>(steps);
    std::vector<double> observations;
    for (std::int64_t t = 0; t <= steps; ++t) {
      observations.insert(observations.end(), {double(number), double(t)});
    }
    std::vector<std::uint8_t> terminations(n), truncations(n);
    (number % 2 == 0 ? terminations : truncations).back() = 1;
    file.add(group + "/observations", {steps + 1, 2}, observations, {.gzip = 0});
    file.add(group + "/actions", {steps, 1}, std::vector<float>(n, 0.5f));
    file.add(group + "/rewards", {steps}, std::vector<double>(n, number));
    file.add_flags(group + "/terminations", {steps}, terminations);
    file.add_flags(group + "/truncations", {steps}, truncations);
    file.set_attribute(group, "total_steps", steps);
  }
}

const std::string kMetadata = R"({
  "dataset_id": "mujoco/hopper/test-v0", "total_episodes": 12, "total_steps": 78,
  "ref_min_score": -20.0, "ref_max_score": 3000.0,
  "observation_space": "{\"type\": \"Box\"}", "action_space": "{\"type\": \"Box\"}"})";

fs::path make_dataset(
    const TemporaryFolder& folder, const std::string& metadata = kMetadata,
    const std::function<void(Hdf5Writer&)>& write = [](Hdf5Writer& file) {
      write_episodes(file);
    }) {
  const fs::path data = folder / "mujoco/hopper/test-v0/data";
  fs::create_directories(data);
  Hdf5Writer file(data / "main_data.hdf5");
  write(file);
  file.close();
  std::ofstream(data / "metadata.json") << metadata;
  return data;
}

}  // namespace

TEST_CASE("a Minari dataset's episodes are read in the order of their numbers") {
  const TemporaryFolder folder;
  const Trajectories data = load_minari(make_dataset(folder), {.keep_next_observations = true});
  REQUIRE(data.episodes().size() == 12);
  CHECK(data.transitions() == 78);
  CHECK(data.observation_dim() == 2);
  for (std::size_t i = 0; i < 12; ++i) {
    const Episode& episode = data.episodes()[i];
    const auto last = static_cast<std::size_t>(episode.begin + episode.length - 1);
    CHECK(episode.length == static_cast<std::int64_t>(i) + 1);
    CHECK(episode.end == (i % 2 == 0 ? EndKind::terminated : EndKind::timeout));
    CHECK(data.observations()[2 * last] == static_cast<float>(i));
    CHECK(data.observations()[2 * last + 1] == static_cast<float>(i));
    CHECK(data.next_observations()[2 * last + 1] == static_cast<float>(i + 1));
    CHECK(data.returns()[i] == static_cast<double>(i * (i + 1)));
  }
  CHECK(data.source().layout == "Minari");
  CHECK(data.source().env == "hopper");
  CHECK(data.source().own_reference->expert == 3000);
}

TEST_CASE("a Minari dataset's action space gives the action box if it is finite") {
  const auto box_of = [](const std::string& space) {
    const TemporaryFolder folder;
    const DatasetSource source =
        load_minari(make_dataset(folder, R"({"action_space": ")" + space + "\"}")).source();
    return std::pair(source.action_low, source.action_high);
  };
  const auto none = std::pair(std::vector<double>{}, std::vector<double>{});
  CHECK(box_of(R"({\"type\": \"Box\", \"low\": [-2.0], \"high\": [2.0]})") ==
        std::pair(std::vector<double>{-2}, std::vector<double>{2}));
  CHECK(box_of(R"({\"type\": \"Box\", \"low\": [-Infinity], \"high\": [2.0]})") == none);
  CHECK(box_of(R"({\"type\": \"Box\", \"low\": [-2.0, 1.0], \"high\": [2.0]})") == none);
  CHECK(box_of(R"({\"type\": \"Box\", \"low\": -2.0, \"high\": \"2\"})") == none);
}

TEST_CASE("a Minari dataset is found by identifier, folder, data folder or file") {
  const TemporaryFolder folder;
  const fs::path data = make_dataset(folder);
  ::setenv("MINARI_DATASETS_PATH", folder.path().c_str(), 1);
  const auto by_id = load_dataset("mujoco/hopper/test-v0").fingerprint();
  CHECK_THAT(rejection([] { load_dataset("mujoco/hopper/test-v1"); }),
             ContainsSubstring("no such Minari dataset in " + folder.path().string()));
  ::unsetenv("MINARI_DATASETS_PATH");
  CHECK(load_dataset(data.string()).fingerprint() == by_id);
  CHECK(load_dataset(data.parent_path().string()).fingerprint() == by_id);
  CHECK(load_dataset((data / "main_data.hdf5").string()).fingerprint() == by_id);
  CHECK_THAT(rejection([&] { load_dataset(folder.path().string()); }),
             ContainsSubstring("a folder without a Minari dataset"));
}

TEST_CASE("Minari: actions of a Discrete space become indices that start at 0") {
  const TemporaryFolder folder;
  const auto load = [&](const std::string& space, std::vector<float> actions) {
    return load_minari(make_dataset(
        folder, R"({"action_space": "{\"type\": \"Discrete\", )" + space + R"("})",
        [&](Hdf5Writer& file) {
          file.add("episode_0/observations", {3, 2}, std::vector<float>(6));
          file.add("episode_0/actions", {2}, actions);  // no second dimension
          file.add("episode_0/rewards", {2}, std::vector<float>(2));
          file.add_flags("episode_0/terminations", {2}, std::vector<std::uint8_t>{0, 1});
          file.add_flags("episode_0/truncations", {2}, std::vector<std::uint8_t>{0, 0});
        }));
  };
  const Trajectories data = load(R"(\"n\": 3})", {2, 0});
  CHECK(data.action_choices() == 3);
  CHECK(data.action_dim() == 1);
  CHECK(std::ranges::equal(data.actions(), std::array{2.0f, 0.0f}));
  const Trajectories later = load(R"(\"n\": 3, \"start\": 1})", {2, 3});
  CHECK(std::ranges::equal(later.actions(), std::array{1.0f, 2.0f}));
  CHECK_THAT(
      rejection([&] {
        load(R"(\"n\": 3})", {2, 3});
      }),
      ContainsSubstring("'actions' holds 3 at transition 1, which is not one of its 3 choices"));
  CHECK_THAT(rejection([&] {
               load(R"(\"n\": 3})", {0.5f, 1});
             }),
             ContainsSubstring("'actions' holds 0.5 at transition 0"));
}

TEST_CASE("Minari: observations with parts are flattened in the order of their space") {
  const TemporaryFolder folder;
  const std::string dict = R"({"observation_space": "{\"type\": \"Dict\", \"subspaces\": {)"
                           R"(\"goal\": {\"type\": \"Tuple\", \"subspaces\": [)"
                           R"({\"type\": \"Box\", \"shape\": [1, 2], \"low\": [[-Infinity, 0]]},)"
                           R"({\"type\": \"Discrete\", \"n\": 3, \"start\": 1}]},)"
                           R"(\"at\": {\"type\": \"Box\", \"dtype\": \"uint8\", \"shape\": [1]},)"
                           R"(\"said\": {\"type\": \"Text\"}}}"})";
  const auto write = [](std::vector<float> choices) {
    return [=](Hdf5Writer& file) {
      file.add("episode_0/observations/goal/_index_0", {3, 1, 2},
               std::vector<double>{1, 2, 3, 4, 5, 6});
      file.add("episode_0/observations/goal/_index_1", {3}, choices);
      file.add("episode_0/observations/at", {3, 1}, std::vector<float>{7, 8, 9});
      file.add("episode_0/actions", {2, 1}, std::vector<float>(2));
      file.add("episode_0/rewards", {2}, std::vector<float>(2));
      file.add_flags("episode_0/terminations", {2}, std::vector<std::uint8_t>{0, 1});
      file.add_flags("episode_0/truncations", {2}, std::vector<std::uint8_t>{0, 0});
    };
  };
  const Trajectories data =
      load_minari(make_dataset(folder, dict, write({1, 3, 2})), {.keep_next_observations = true});
  CHECK(std::ranges::equal(data.observations(),
                           std::array<float, 12>{1, 2, 1, 0, 0, 7, 3, 4, 0, 0, 1, 8}));
  CHECK(std::ranges::equal(data.next_observations(),
                           std::array<float, 12>{3, 4, 0, 0, 1, 8, 5, 6, 0, 1, 0, 9}));
  CHECK(data.source().observation_layout == "goal.0[2], goal.1 discrete[3], at[1]");
  REQUIRE(data.source().notes.size() == 1);
  CHECK(data.source().notes[0] == "observation 'said' is text and was excluded");
  const std::string text = to_text(summarize(data));
  CHECK_THAT(text, ContainsSubstring("6 = goal.0 2, goal.1 discrete 3, at 1\n"));
  for (const float wrong : {0.0f, 4.0f, 1.5f}) {
    CHECK_THAT(rejection([&] {
                 load_minari(make_dataset(folder, dict, write({1, wrong, 2})));
               }),
               ContainsSubstring("'episode_0/observations/goal/_index_1'") &&
                   ContainsSubstring("at row 1, but its space has 3 choices from 1 on"));
  }
  CHECK_THAT(
      rejection([&] {
        load_minari(make_dataset(folder, dict, [&](Hdf5Writer& file) {
          write({1, 1, 1})(file);
          file.add("episode_1/observations/goal/_index_0", {3, 1}, std::vector<float>(3));
        }));
      }),
      ContainsSubstring("shape [3, 1], but its space in metadata.json has 2 numbers per step"));
}

TEST_CASE("Minari: an episode with neither flag at its end is cut") {
  const TemporaryFolder folder;
  const fs::path data = make_dataset(folder, "{}", [](Hdf5Writer& file) {
    write_episodes(file, 2);
    file.add("episode_2/observations", {3, 2}, std::vector<float>(6));
    file.add("episode_2/actions", {2, 1}, std::vector<float>(2));
    file.add("episode_2/rewards", {2}, std::vector<float>(2));
    file.add_flags("episode_2/terminations", {2}, std::vector<std::uint8_t>{1, 0});
    file.add_flags("episode_2/truncations", {2}, std::vector<std::uint8_t>{0, 0});
  });
  CHECK(load_minari(data, {.keep_cut_episodes = true}).episodes().back().end == EndKind::cut);
  const Trajectories kept = load_minari(data);
  CHECK(kept.episodes().size() == 2);
  CHECK(kept.source().notes.size() == 2);  // the early termination and the omitted episode
}

TEST_CASE("Minari: unsupported or inconsistent data is rejected with the reason") {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& metadata, auto&& write) {
    const fs::path data = make_dataset(folder, metadata, write);
    const std::string text = rejection([&] { load_minari(data); });
    CHECK_THAT(text, ContainsSubstring(data.string()));
    return text;
  };
  const auto nothing = [](Hdf5Writer&) {};
  const auto whole = [](Hdf5Writer& file) { write_episodes(file); };
  // One episode with two steps, in which array `name` has the given shape.
  const auto with = [](const std::string& name, std::vector<std::int64_t> shape) {
    return [=](Hdf5Writer& file) {
      write_episodes(file, 1);
      for (const auto& [array, normal] :
           std::vector<std::pair<std::string, std::vector<std::int64_t>>>{{"observations", {3, 2}},
                                                                          {"actions", {2, 1}},
                                                                          {"rewards", {2}},
                                                                          {"terminations", {2}},
                                                                          {"truncations", {2}}}) {
        const auto& dims = array == name ? shape : normal;
        if (dims.empty()) continue;
        std::size_t size = 1;
        for (const std::int64_t dim : dims) size *= static_cast<std::size_t>(dim);
        file.add("episode_1/" + array, dims, std::vector<float>(size));
      }
    };
  };
  CHECK_THAT(message("{}", nothing), ContainsSubstring("holds no episodes"));
  CHECK_THAT(message("{}", with("observations", {2, 2})),
             ContainsSubstring("'episode_1/observations'"));
  CHECK_THAT(message("{}", with("rewards", {3})), ContainsSubstring("'episode_1/rewards' of") &&
                                                      ContainsSubstring("3 rows, expected 2"));
  CHECK_THAT(message("{}", with("actions", {2, 5})), ContainsSubstring("actions of 5 dimensions"));
  CHECK_THAT(message("{}", with("observations", {3, 4, 4})), ContainsSubstring("only vectors"));
  CHECK_THAT(message("{}", with("truncations", {})),
             ContainsSubstring("no array 'episode_1/truncations'"));
  CHECK_THAT(message("{}",
                     [](Hdf5Writer& file) {
                       file.add("episode_0/observations/goal", {3, 2}, std::vector<float>(6));
                       file.add("episode_0/observations/position", {3, 2}, std::vector<float>(6));
                     }),
             ContainsSubstring("is a dictionary or tuple (goal, position)"));
  CHECK_THAT(message(R"({"action_space": "{\"type\": \"MultiDiscrete\"}"})", whole),
             ContainsSubstring("'action_space' is of type MultiDiscrete"));
  CHECK_THAT(message(R"({"action_space": "{\"type\": \"Discrete\", \"n\": 0}"})", whole),
             ContainsSubstring("is Discrete, but must have 1 to 1048576 choices"));
  CHECK_THAT(message(R"({"total_episodes": 13})", whole),
             ContainsSubstring("total_episodes = 13, main_data.hdf5 holds 12"));
  CHECK_THAT(message("not json", whole), ContainsSubstring("not a JSON object"));
}

TEST_CASE("a genuine Minari dataset has its known sizes and returns") {
  const fs::path path = SEQRL_SOURCE_DIR "/../shared/data/minari/D4RL/door/human-v2";
  if (!fs::exists(path)) {
    WARN("skipped: " << path << " is not there");
    return;
  }
  const Trajectories data = load_dataset(path.string());
  CHECK(data.episodes().size() == 25);
  CHECK(data.transitions() == 6729);
  CHECK(data.observation_dim() == 39);
  CHECK(data.action_dim() == 28);
  CHECK(data.source().env == "door");
  // The file records the sum of each episode's rewards (attribute rewards_sum).
  CHECK(data.returns()[0] == Approx(524.9843108484522).epsilon(1e-7));
  CHECK(data.returns()[1] == Approx(234.86561886322608).epsilon(1e-7));
  CHECK(data.returns()[10] == Approx(718.9639332996603).epsilon(1e-7));
}

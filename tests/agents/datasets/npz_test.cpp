#include "agents/datasets/npz.h"

#include <zlib.h>

#include <cstring>

#include "agents/datasets/load.h"
#include "configs/base/files.h"
#include "tests/agents/datasets/npz_writer.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
using Catch::Contains;

namespace {

// Two recordings of 3 steps in OGBench's layout; `change` edits the arrays.
std::filesystem::path ogbench(
    const TemporaryFolder& folder, bool deflated,
    const std::function<void(NpzArrays&)>& change = [](NpzArrays&) {}) {
  NpzArrays arrays;
  arrays["observations"] = npy<float>("<f4", {6, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  arrays["actions"] = npy<double>("<f8", {6, 1}, {-1, -0.5, 0, 0.5, 1, 1});
  arrays["terminals"] = npy<float>("<f4", {6}, {0, 0, 1, 0, 0, 1});
  arrays["qpos"] = npy<float>("<f4", {6, 1}, {9, 9, 9, 9, 9, 9});
  change(arrays);
  const std::filesystem::path path = folder / "pointmaze-medium-navigate-v0.npz";
  write_file_atomically(path, npz(arrays, deflated));
  return path;
}

}  // namespace

TEST_CASE("OGBench's .npz: recordings of a fixed length without rewards are read") {
  const TemporaryFolder folder;
  for (const bool deflated : {false, true}) {
    const Trajectories data = load_dataset(ogbench(folder, deflated).string());
    REQUIRE(data.episodes().size() == 2);
    CHECK(data.episodes()[0] == Episode{0, 3, EndKind::timeout});
    CHECK(data.episodes()[1] == Episode{3, 3, EndKind::timeout});
    CHECK(data.observation_dim() == 2);
    CHECK(data.observations()[11] == 11);
    CHECK(data.actions()[1] == -0.5f);
    CHECK(data.returns()[0] == 0);
    CHECK(data.source().layout == "OGBench");
    REQUIRE(data.source().notes.size() == 1);
    CHECK_THAT(data.source().notes[0], Contains("no 'rewards'") && Contains("behavior_cloning"));
  }
}

TEST_CASE(".npz: timeouts and rewards have the same meaning as in D4RL files") {
  const TemporaryFolder folder;
  const Trajectories data =
      load_npz(ogbench(folder, true,
                       [](NpzArrays& arrays) {
                         arrays["terminals"] = npy<std::uint8_t>("|b1", {6}, {0, 0, 1, 0, 0, 0});
                         arrays["timeouts"] = npy<std::int64_t>("<i8", {6, 1}, {0, 0, 0, 0, 0, 1});
                         arrays["rewards"] = npy<std::int16_t>("<i2", {6}, {1, 2, -300, 4, 5, 6});
                         arrays["next_observations"] = npy<std::uint16_t>(
                             "<u2", {6, 2}, {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 65535});
                       }),
               {.keep_next_observations = true});
  CHECK(data.episodes()[0].end == EndKind::terminated);
  CHECK(data.episodes()[1].end == EndKind::timeout);
  CHECK(data.returns()[0] == -297);
  CHECK(data.next_observations()[11] == 65535);
  CHECK(data.source().notes.empty());
}

TEST_CASE(".npz: invalid arrays are rejected with the file and array named") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::function<void(NpzArrays&)>& change) {
    const std::filesystem::path path = ogbench(folder, true, change);
    const std::string text = rejection([&] { load_npz(path); });
    CHECK_THAT(text, Contains(path.string()));
    return text;
  };
  CHECK_THAT(refused([](NpzArrays& arrays) { arrays.erase("actions"); }),
             Contains("has no array 'actions'; it holds observations, qpos, terminals"));
  CHECK_THAT(refused([](NpzArrays& arrays) {
               arrays["terminals"] = npy<float>("<f4", {5}, {0, 0, 0, 0, 1});
             }),
             Contains("'terminals'") && Contains("has shape [5], expected [6]"));
  CHECK_THAT(refused([](NpzArrays& arrays) {
               arrays["terminals"] = npy<float>("<f4", {6}, {0, 0, 0, 0, 1, 2});
             }),
             Contains("holds 2 at index 5, expected 0 or 1"));
  CHECK_THAT(refused([](NpzArrays& arrays) {
               arrays["actions"] = npy<double>("<f8", {6, 1}, {1, 1, 1, 1, 1, 1e300});
             }),
             Contains("beyond float32"));
  CHECK_THAT(refused([](NpzArrays& arrays) {
               arrays["actions"] = npy<float>(">f4", {6, 1}, {1, 1, 1, 1, 1, 1});
             }),
             Contains("'actions'") && Contains("little-endian"));
  CHECK_THAT(refused([](NpzArrays& arrays) {
               arrays["observations"] = npy<float>("<f4", {6, 2}, std::vector<float>(12), true);
             }),
             Contains("Fortran"));
  CHECK_THAT(refused([](NpzArrays& arrays) { arrays["actions"] = "text"; }),
             Contains("is not an array in NumPy's format"));
  CHECK_THAT(refused([](NpzArrays& arrays) { arrays["actions"].pop_back(); }),
             Contains("bytes, but its shape needs"));
  CHECK_THAT(rejection([&] { load_npz(ogbench(folder, true), {.keep_next_observations = true}); }),
             Contains("'next_observations'"));
}

TEST_CASE(".npz: a truncated file is rejected, and a changed byte is rejected or has no effect") {
  const TemporaryFolder folder;
  const std::string whole = read_file(ogbench(folder, true));
  const std::filesystem::path path = folder / "damaged.npz";
  const std::uint64_t fingerprint = load_npz(ogbench(folder, true)).fingerprint();
  const auto is_same_or_refused = [&](const std::string& bytes) {
    write_file_atomically(path, bytes);
    try {
      return load_npz(path).fingerprint() == fingerprint;
    } catch (const Error& error) {
      return error.kind() == ErrorKind::user;
    }
  };
  for (std::size_t size = 0; size < whole.size(); size += 41) {
    write_file_atomically(path, whole.substr(0, size));
    CHECK_THROWS_AS(load_npz(path), Error);
  }
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    CHECK(is_same_or_refused(damaged));
  }
}

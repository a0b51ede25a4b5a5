#include "agents/datasets/hdf5_file.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "agents/datasets/hdf5_writer.h"
#include "configs/base/thread_pool.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/catch.h"
#include "tests/full_disk.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

template <typename T>
std::vector<T> counting(std::size_t count) {
  std::vector<T> values(count);
  std::iota(values.begin(), values.end(), T{0});
  return values;
}

std::vector<float> read_floats(const Hdf5File& file, const std::string& name,
                               ThreadPool* pool = nullptr) {
  std::size_t size = 1;
  for (const std::int64_t dim : file.shape(name)) size *= static_cast<std::size_t>(dim);
  std::vector<float> values(size);
  file.read(name, values, pool);
  return values;
}

}  // namespace

TEST_CASE("numbers of every type are read as floats") {
  const TemporaryFolder folder;
  Hdf5Writer writer(folder / "types.hdf5");
  const std::vector<float> wanted = {0, 1, 1, 0, 1, 0};
  const std::vector<float> floats = wanted;
  const std::vector<double> doubles(wanted.begin(), wanted.end());
  const std::vector<std::int64_t> integers(wanted.begin(), wanted.end());
  const std::vector<std::uint8_t> bytes(wanted.begin(), wanted.end());
  for (const int gzip : {0, 4}) {
    const std::string g = std::to_string(gzip);
    writer.add("float32_" + g, {6}, floats, {.gzip = gzip});
    writer.add("float64_" + g, {6, 1}, doubles, {.gzip = gzip});
    writer.add("int64_" + g, {2, 3}, integers, {.gzip = gzip});
    writer.add("uint8_" + g, {6}, bytes, {.gzip = gzip});
    writer.add_flags("bool_" + g, {6}, bytes, {.gzip = gzip});
  }
  writer.close();

  const Hdf5File file(folder / "types.hdf5");
  CHECK(file.shape("int64_0") == std::vector<std::int64_t>{2, 3});
  CHECK(file.members("/").size() == 10);
  for (const std::string& name : file.members("/")) {
    INFO(name);
    CHECK(read_floats(file, name) == wanted);
    std::vector<double> as_doubles(6);
    file.read(name, as_doubles);
    CHECK(as_doubles == doubles);
    std::vector<std::uint8_t> as_flags(6);
    file.read_flags(name, as_flags);
    CHECK(as_flags == bytes);
  }
}

TEST_CASE("chunks of any shape are assembled with any number of threads") {
  const TemporaryFolder folder;
  const std::vector<float> values = counting<float>(101 * 7);
  Hdf5Writer writer(folder / "chunks.hdf5");
  const std::vector<std::vector<std::int64_t>> chunks = {
      {101, 7}, {10, 1}, {16, 2}, {1, 7}, {100, 5}};
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    writer.add("plain" + std::to_string(i), {101, 7}, values, {.gzip = 9, .chunk = chunks[i]});
    writer.add("shuffled" + std::to_string(i), {101, 7}, values,
               {.gzip = 1, .shuffle = true, .chunk = chunks[i]});
  }
  writer.close();
  const Hdf5File file(folder / "chunks.hdf5");
  for (const std::string& name : file.members("/")) {
    INFO(name);
    CHECK(read_floats(file, name) == values);
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      CHECK(read_floats(file, name, &pool) == values);
    }
  }
}

TEST_CASE("groups, texts and attributes are read, and missing ones have no value") {
  const TemporaryFolder folder;
  Hdf5Writer writer(folder / "a.hdf5");
  writer.add_text("metadata/algorithm", "SAC");
  writer.add_group("episode_0");
  writer.set_attribute("episode_0", "total_steps", 300);
  writer.close();
  const Hdf5File file(folder / "a.hdf5");
  CHECK(file.text("metadata/algorithm") == "SAC");
  CHECK_FALSE(file.text("metadata/nothing"));
  CHECK(file.integer_attribute("episode_0", "total_steps") == 300);
  CHECK_FALSE(file.integer_attribute("episode_0", "seed"));
  CHECK_FALSE(file.integer_attribute("episode_1", "seed"));
  CHECK(file.has_group("episode_0"));
  CHECK_FALSE(file.has_group("metadata/algorithm"));
  CHECK(file.has_array("metadata/algorithm"));
  CHECK_FALSE(file.has_array("nothing/at/all"));
  CHECK(file.members("/") == std::vector<std::string>{"episode_0", "metadata"});
}

TEST_CASE("a file that cannot be opened is named with the reason") {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& name) {
    return rejection([&] { Hdf5File file(folder / name); });
  };
  CHECK_THAT(message("missing.hdf5"), ContainsSubstring("missing.hdf5: no such file"));
  std::ofstream(folder / "empty.hdf5").flush();
  CHECK_THAT(message("empty.hdf5"), ContainsSubstring("the file is empty"));
  std::ofstream(folder / "text.hdf5") << "observations, actions\n";
  CHECK_THAT(message("text.hdf5"), ContainsSubstring("not an HDF5 file"));
  CHECK_THAT(rejection([&] { Hdf5File file(folder.path()); }), ContainsSubstring("a directory"));
  SmallD4rl().write(folder / "whole.hdf5");
  const auto size = std::filesystem::file_size(folder / "whole.hdf5");
  std::filesystem::resize_file(folder / "whole.hdf5", size / 2);
  CHECK_THAT(message("whole.hdf5"), ContainsSubstring("cut short"));
}

TEST_CASE("an array that cannot be read is named with the reason") {
  const TemporaryFolder folder;
  const auto path = folder / "a.hdf5";
  Hdf5Writer writer(path);
  writer.add("rewards", {3}, std::vector<float>{0.f, 0.5f, 1.f});
  writer.add_text("name", "hopper");
  writer.close();
  const Hdf5File file(path);
  CHECK_THAT(rejection([&] { file.shape("reward"); }),
             ContainsSubstring("a.hdf5 has no array 'reward' (nearest: 'rewards')"));
  CHECK_THAT(rejection([&] { file.shape("name"); }), ContainsSubstring("does not hold numbers"));
  std::vector<std::uint8_t> flags(3);
  CHECK_THAT(rejection([&] { file.read_flags("rewards", flags); }),
             ContainsSubstring("'rewards' holds 0.5 at index 1, expected 0 or 1"));
}

TEST_CASE("damaged compressed data is reported, not returned") {
  const TemporaryFolder folder;
  const auto path = folder / "a.hdf5";
  const std::vector<float> values = counting<float>(5000);
  for (const bool shuffle : {false, true}) {  // our decompression and libhdf5's
    Hdf5Writer writer(path);
    writer.add("rewards", {5000}, values, {.gzip = 4, .shuffle = shuffle, .chunk = {5000}});
    writer.close();
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
    std::fstream bytes(path, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(size - 1000);
    bytes << "damaged";
    bytes.close();
    const Hdf5File file(path);
    std::vector<float> read(5000);
    CHECK_THAT(rejection([&] { file.read("rewards", read); }),
               ContainsSubstring("cannot read 'rewards' of " + path.string()));
  }
}

TEST_CASE("writing to a full disk fails and leaves the old file") {
  const TemporaryFolder folder;
  const auto write = [&](std::size_t count) {
    Hdf5Writer writer(folder / "a.hdf5");
    const std::vector<double> values(count, 0.5);
    writer.add("rewards", {static_cast<std::int64_t>(count)}, values, {.gzip = 0});
    writer.close();
  };
  write(10);
  {
    const FullDisk full(10'000);
    CHECK_THROWS_AS(write(10'000), Error);
  }
  CHECK(Hdf5File(folder / "a.hdf5").shape("rewards") == std::vector<std::int64_t>{10});
}

TEST_CASE("a file that is not closed is not written") {
  const TemporaryFolder folder;
  { Hdf5Writer(folder / "a.hdf5").add_group("episode_0"); }
  CHECK_FALSE(std::filesystem::exists(folder / "a.hdf5"));
}

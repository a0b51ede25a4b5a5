#include "models/training/metrics.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/full_disk.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
using Catch::Matchers::Contains;

namespace {

// What training logs between two steps: a loss at each step, a score at every tenth.
void log_steps(MetricsLog& log, std::int64_t first, std::int64_t last) {
  for (std::int64_t step = first; step <= last; ++step) {
    log.append(step, {{"loss", 1.0 / static_cast<double>(step)}, {"lr", 1e-4}});
    if (step % 10 == 0) log.append(step, {{"score", static_cast<double>(step)}});
  }
}

std::string lines_in(const TemporaryFolder& folder) {
  return read_file(folder / "metrics.jsonl");
}

std::vector<std::filesystem::path> event_files(const TemporaryFolder& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.path().filename().string().starts_with("events.out.tfevents.")) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("CRC-32C gives the vectors of RFC 3720") {
  std::string ascending;
  for (int i = 0; i < 32; ++i) ascending.push_back(static_cast<char>(i));
  CHECK(crc32c("") == 0);
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43);
  CHECK(crc32c(ascending) == 0x46DD794E);
}

TEST_CASE("event files are TensorBoard's, byte for byte") {
  const std::vector<Metric> metrics = {
      {"loss", 0.1}, {"evaluation/Größe", std::numeric_limits<double>::infinity()}};
  const std::vector<Metric> many(20, metrics[0]);
  const std::string ours = tfrecord(version_event(1700000000.25)) +
                           tfrecord(restart_event(1700000001.5, 301)) +
                           tfrecord(scalars_event(1700000002.0, 5'000'000'000, metrics)) +
                           tfrecord(scalars_event(1700000003.0, 0, many));
  CHECK(ours == read_file(SEQRL_SOURCE_DIR "/tests/oracle/tensorboard_fixture.tfevents"));
}

TEST_CASE("a line is a JSON object, its step first, its numbers exact") {
  const TemporaryFolder folder;
  MetricsLog log(folder.path());
  log.append(0, {});
  log.append(100, {{"loss", 0.1}, {"a \"name\"", 1e300}, {"count", 3}});
  CHECK(lines_in(folder) ==
        "{\"step\":0}\n{\"step\":100,\"loss\":0.1,\"a \\\"name\\\"\":1e+300,\"count\":3.0}\n");
}

TEST_CASE("numbers that are not finite leave the JSON valid") {
  const TemporaryFolder folder;
  MetricsLog log(folder.path());
  log.append(1, {{"nan", std::nan("")}, {"inf", HUGE_VAL}, {"minus", -HUGE_VAL}, {"one", 1}});
  CHECK(lines_in(folder) == "{\"step\":1,\"nan\":null,\"inf\":null,\"minus\":null,\"one\":1.0}\n");
}

TEST_CASE("the log of a resumed run is that of an uninterrupted one") {
  const TemporaryFolder whole, resumed;
  {
    MetricsLog log(whole.path());
    log_steps(log, 1, 50);
  }
  // Where the checkpoint was, how far the run came, and what the kill left of the next line.
  struct Interruption {
    std::int64_t checkpoint, reached;
    std::string torn;
  };
  const auto interruption =
      GENERATE(Interruption{20, 37, "{\"step\":38,\"lo"}, Interruption{20, 20, "{"},  //
               Interruption{20, 21, ""},                                              //
               Interruption{0, 12, "{\"step\":13}"},                                  //
               Interruption{20, 30, std::string(64, '\0')});
  {
    MetricsLog log(resumed.path());
    log_steps(log, 1, interruption.reached);
  }
  std::ofstream(resumed / "metrics.jsonl", std::ios::app) << interruption.torn;
  {
    MetricsLog log(resumed.path(), interruption.checkpoint);
    log_steps(log, interruption.checkpoint + 1, 50);
  }
  CHECK(lines_in(resumed) == lines_in(whole));
}

TEST_CASE("a resumed run opens a new event file, to be read after the others") {
  const TemporaryFolder folder;
  for (int start = 0; start < 3; ++start) {  // well within a second
    MetricsLog log(folder.path(), 10 * start);
    log_steps(log, 10 * start + 1, 10 * start + 12);
  }
  const auto files = event_files(folder);
  REQUIRE(files.size() == 3);
  // "START" at a step comes with a file that follows another; see restart_event().
  CHECK(read_file(files[0]).find("\x3a\x02\x08\x01") == std::string::npos);
  CHECK(read_file(files[1]).find("\x10\x0b\x3a\x02\x08\x01") != std::string::npos);
  CHECK(read_file(files[2]).find("\x10\x15\x3a\x02\x08\x01") != std::string::npos);
}

TEST_CASE("a full disk is one clear line") {
  const TemporaryFolder folder;
  MetricsLog log(folder.path());
  try {
    const FullDisk full(100);
    log_steps(log, 1, 10);
    FAIL("a full disk must be an error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::failure);
    CHECK_THAT(error.what(), Contains("cannot write") && Contains(": File too large"));
  }
}

TEST_CASE("a folder that is not there is named") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(MetricsLog(folder / "no"), Contains("no/metrics.jsonl: No such file"));
}

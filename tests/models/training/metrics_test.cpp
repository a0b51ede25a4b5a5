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

constexpr const char* kEvents = "events.out.tfevents.seqrl";

std::vector<Metric> loss_at(std::int64_t step) {
  return {{"loss", 1.0 / static_cast<double>(step)}, {"lr", 1e-4}};
}

std::vector<Metric> score_at(std::int64_t step) {
  return {{"score", static_cast<double>(step)}};
}

// Logs as in training between two steps: a loss at each step, a score at every tenth.
void log_steps(MetricsLog& log, std::int64_t first, std::int64_t last) {
  for (std::int64_t step = first; step <= last; ++step) {
    log.append(step, loss_at(step));
    if (step % 10 == 0) log.append(step, score_at(step));
  }
}

std::string lines_in(const TemporaryFolder& folder) {
  return read_file(folder / "metrics.jsonl");
}

std::vector<std::int64_t> timed_steps(const TemporaryFolder& folder) {
  std::ifstream file(folder / "timing.jsonl");
  std::vector<std::int64_t> steps;
  for (std::string line; std::getline(file, line);) {
    steps.push_back(nlohmann::json::parse(line).at("step"));
  }
  return steps;
}

}  // namespace

TEST_CASE("CRC-32C matches the test vectors of RFC 3720") {
  std::string ascending;
  for (int i = 0; i < 32; ++i) ascending.push_back(static_cast<char>(i));
  CHECK(crc32c("") == 0);
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43);
  CHECK(crc32c(ascending) == 0x46DD794E);
}

TEST_CASE("event files match TensorBoard's byte for byte") {
  const std::vector<Metric> metrics = {
      {"loss", 0.1}, {"evaluation/Größe", std::numeric_limits<double>::infinity()}};
  const std::vector<Metric> many(20, metrics[0]);
  const std::string ours = tfrecord(version_event(1700000000.25)) +
                           tfrecord(restart_event(1700000001.5, 301)) +
                           tfrecord(scalars_event(1700000002.0, 5'000'000'000, metrics)) +
                           tfrecord(scalars_event(1700000003.0, 0, many));
  CHECK(ours == read_file(SEQRL_SOURCE_DIR "/tests/oracle/tensorboard_fixture.tfevents"));
}

TEST_CASE("a line is a JSON object with the step first and exact numbers") {
  const TemporaryFolder folder;
  MetricsLog log(folder.path());
  log.append(0, {});
  log.append(100, {{"loss", 0.1}, {"a \"name\"", 1e300}, {"count", 3}});
  CHECK(lines_in(folder) ==
        "{\"step\":0}\n{\"step\":100,\"loss\":0.1,\"a \\\"name\\\"\":1e+300,\"count\":3.0}\n");
}

TEST_CASE("non-finite numbers are written as null") {
  const TemporaryFolder folder;
  MetricsLog log(folder.path());
  log.append(1, {{"nan", std::nan("")}, {"inf", HUGE_VAL}, {"minus", -HUGE_VAL}, {"one", 1}});
  CHECK(lines_in(folder) == "{\"step\":1,\"nan\":null,\"inf\":null,\"minus\":null,\"one\":1.0}\n");
}

TEST_CASE("the logs of a resumed run match those of an uninterrupted run byte for byte") {
  const TemporaryFolder whole, resumed;
  {
    MetricsLog log(whole.path());
    log_steps(log, 1, 50);
  }
  // The checkpoint's step, whether its evaluation was logged before it, the last step reached, and
  // the part of the next line left by the kill.
  struct Interruption {
    std::int64_t checkpoint;
    bool evaluated;
    std::int64_t reached;
    std::string torn;
  };
  const auto interruption =
      GENERATE(Interruption{20, true, 37, "{\"step\":38,\"lo"}, Interruption{20, false, 20, "{"},
               Interruption{20, true, 21, ""}, Interruption{20, false, 21, ""},
               Interruption{0, true, 12, "{\"step\":13}"},
               Interruption{20, true, 30, std::string(64, '\0')});
  const auto& [checkpoint, evaluated, reached, torn] = interruption;
  LogPosition position;
  {
    MetricsLog log(resumed.path());
    log_steps(log, 1, checkpoint - 1);
    if (checkpoint > 0) log.append(checkpoint, loss_at(checkpoint));
    if (!evaluated) position = log.position(checkpoint);
    if (checkpoint > 0) log.append(checkpoint, score_at(checkpoint));
    if (evaluated) position = log.position(checkpoint);
    log_steps(log, checkpoint + 1, reached);
  }
  for (const char* name : {"metrics.jsonl", kEvents, "timing.jsonl"}) {
    std::ofstream(resumed / name, std::ios::app) << torn;
  }
  {
    MetricsLog log(resumed.path(), position);
    if (!evaluated) log.append(checkpoint, score_at(checkpoint));
    log_steps(log, checkpoint + 1, 50);
  }
  CHECK(lines_in(resumed) == lines_in(whole));
  CHECK((read_file(resumed / kEvents) == read_file(whole / kEvents)));
  CHECK(timed_steps(resumed) == timed_steps(whole));
}

TEST_CASE("logs of an earlier version are continued at the step") {
  const TemporaryFolder folder, whole;
  {
    MetricsLog log(folder.path());
    log_steps(log, 1, 25);
  }
  std::filesystem::rename(folder / kEvents, folder / "events.out.tfevents.1700000000.host.1.0");
  std::filesystem::remove(folder / "timing.jsonl");
  {
    MetricsLog log(folder.path(), {.step = 20, .metrics = -1, .events = -1});
    log_steps(log, 21, 30);
  }
  MetricsLog log(whole.path());
  log_steps(log, 1, 30);
  CHECK(lines_in(folder) == lines_in(whole));
  // The old file's entries for step 21 and later are hidden; see restart_event().
  CHECK(read_file(folder / kEvents).find("\x10\x15\x3a\x02\x08\x01") != std::string::npos);
  CHECK(read_file(whole / kEvents).find("\x3a\x02\x08\x01") == std::string::npos);
  CHECK(timed_steps(folder).size() == timed_steps(whole).size() - 22);
}

TEST_CASE("timing.jsonl has a line for each of metrics.jsonl, and its seconds never decrease") {
  const TemporaryFolder folder;
  LogPosition position;
  for (int start = 0; start < 3; ++start) {
    MetricsLog log(folder.path(), position, {{"threads", start}});
    log_steps(log, 10 * start + 1, 10 * start + 10);
    position = log.position(10 * start + 10);
  }
  std::ifstream file(folder / "timing.jsonl");
  double before = 0;
  std::vector<std::int64_t> steps;
  std::vector<std::string> machines;
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line);
    steps.push_back(json.at("step"));
    CHECK(json.at("seconds") >= before);
    CHECK(json.at("time") > 1.7e9);
    before = json.at("seconds");
    if (json.contains("machine")) machines.push_back(json.at("machine").dump());
  }
  CHECK(machines ==
        std::vector<std::string>{R"({"threads":0})", R"({"threads":1})", R"({"threads":2})"});
  CHECK(steps.size() == 33);
  CHECK(steps.back() == 30);
}

TEST_CASE("a full disk is an error with the system's message") {
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

TEST_CASE("a missing folder is named") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(MetricsLog(folder / "no"), Contains("no/metrics.jsonl: No such file"));
}

// Every command survives every failed file operation: it reports it in one line, leaves nothing
// half done, and gives the usual result when started again.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <limits>
#include <numeric>
#include <sstream>

#include "tests/catch.h"
#include "tests/faults/scenario.h"

namespace {

constexpr std::array kKinds = {"io_error", "full_disk", "interrupt", "partial", "killed", "torn"};

// The lines in which the program gives the reason of its failure.
long error_lines(const std::string& text) {
  std::istringstream stream(text);
  long lines = 0;
  for (std::string line; std::getline(stream, line);) {
    lines += line.starts_with("seqrl: ") && !line.starts_with("seqrl: note: ") &&
             !line.starts_with("seqrl: failed: ");
  }
  return lines;
}

// Whether a note reports a file that could not be read or written.
bool notes_failure(const std::string& text) {
  return text.find("seqrl: note: ") != text.npos && (text.find(std::strerror(EIO)) != text.npos ||
                                                     text.find(std::strerror(ENOSPC)) != text.npos);
}

// The fault when the n-th operation failed in this way; "" if there is none.
std::string problem(const Stage& stage, const std::string& kind, long n) {
  stage.reset();
  const Ended ended = stage.run_with_fault(kind, n);
  if (!ended.fault.hit) return ended.status == 0 ? "" : ended.err;
  const bool kills = kind == "killed" || kind == "torn";
  std::string wrong;
  if (ended.status == 0) {
    wrong = stage.difference_now();
    if (notes_failure(ended.err)) wrong.clear();  // a note says what is missing
    if (!wrong.empty()) wrong = "exits with 0, but " + wrong;
  } else if (ended.status > 2) {
    if (!(kills && ended.status == 128 + SIGKILL)) wrong = fmt::format("status {}: ", ended.status);
  } else if (error_lines(ended.err) != 1 && !ended.err.ends_with("\n")) {
    wrong = "does not say why in one line: " + ended.err;
  }
  if (wrong.empty()) wrong = stage.recover();
  if (wrong.empty()) return "";
  return fmt::format("{} at operation {}, {}: {}", kind, n, ended.fault.where, wrong);
}

// Tries pairs of an operation and a kind of fault: all of them, or about `most`, evenly spread.
void try_faults(const Scenario& scenario, long most) {
  const Stage stage(scenario);
  const long pairs = stage.operations() * static_cast<long>(kKinds.size());
  long stride = std::max(pairs / most, 1L);
  while (std::gcd(stride, static_cast<long>(kKinds.size())) > 1) ++stride;  // so that kinds differ
  long tried = 0, wrong = 0;
  for (long i = 0; i < pairs; i += stride, ++tried) {
    const long n = i / static_cast<long>(kKinds.size()) + 1;
    const std::string text = problem(stage, kKinds[static_cast<std::size_t>(i) % kKinds.size()], n);
    if (text.empty()) continue;
    ++wrong;
    std::cout << scenario.name << ": " << text << "\n";
  }
  std::cout << fmt::format("{}: {} file operations, {} faults tried, {} wrong\n", scenario.name,
                           stage.operations(), tried, wrong);
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("a failed file operation gives one error line, and a restart recovers", "[faults]") {
  for (const Scenario& scenario : scenarios()) {
    DYNAMIC_SECTION(scenario.name) {
      try_faults(scenario, 20);
    }
  }
}

TEST_CASE("every file operation can fail in every way, and a restart recovers", "[.][torture]") {
  for (const Scenario& scenario : scenarios()) {
    DYNAMIC_SECTION(scenario.name) {
      try_faults(scenario, std::numeric_limits<long>::max());
    }
  }
}

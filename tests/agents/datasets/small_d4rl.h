// A small file in D4RL's layout, and ways to damage it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "agents/datasets/hdf5_writer.h"
#include "configs/base/error.h"
#include "configs/base/random.h"
#include "tests/catch.h"

namespace seqrl {

// Arrays of 10 transitions in episodes of 4 (terminated), 3 (timeout) and 3 (no end).
struct SmallD4rl {
  static constexpr std::int64_t kTransitions = 10, kObservationDim = 3, kActionDim = 2;

  std::vector<float> observations, next_observations, actions, rewards;
  std::vector<std::uint8_t> terminals = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  std::vector<std::uint8_t> timeouts = {0, 0, 0, 0, 0, 0, 1, 0, 0, 0};

  SmallD4rl() {
    Random random(1, Purpose::test);
    const auto fill = [&](std::vector<float>& values, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i)
        values.push_back(static_cast<float>(random.normal()));
    };
    fill(observations, kTransitions * kObservationDim);
    fill(actions, kTransitions * kActionDim);
    fill(rewards, kTransitions);
    next_observations.assign(observations.begin() + kObservationDim, observations.end());
    fill(next_observations, kObservationDim);
    // An end is followed by the next episode's start, not by the next observation.
    for (const std::size_t end : {3u, 6u}) next_observations[end * kObservationDim] += 1;
  }

  // Writes all arrays as D4RL does, except those in `skip`.
  void write(Hdf5Writer& file, const std::vector<std::string>& skip = {}) const {
    const auto wanted = [&](const char* name) {
      return std::find(skip.begin(), skip.end(), name) == skip.end();
    };
    const std::int64_t n = kTransitions;
    if (wanted("observations")) file.add("observations", {n, kObservationDim}, observations);
    if (wanted("next_observations")) {
      file.add("next_observations", {n, kObservationDim}, next_observations);
    }
    if (wanted("actions")) file.add("actions", {n, kActionDim}, actions);
    if (wanted("rewards")) file.add("rewards", {n}, rewards);
    if (wanted("terminals")) file.add_flags("terminals", {n}, terminals);
    if (wanted("timeouts")) file.add_flags("timeouts", {n}, timeouts);
  }

  void write(const std::filesystem::path& path, const std::vector<std::string>& skip = {}) const {
    Hdf5Writer file(path);
    write(file, skip);
    file.close();
  }
};

// The message of the Error of kind `user` that `action` throws; fails the test when it throws none.
inline std::string rejection(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    return error.what();
  }
  FAIL_CHECK("nothing was rejected");
  return "";
}

#if SEQRL_CATCH2_MAJOR >= 3
using Catch::Matchers::ContainsSubstring;
#else
inline auto ContainsSubstring(const std::string& text) {
  return Catch::Contains(text);
}
#endif

}  // namespace seqrl

#include "agents/datasets/d4rl.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "agents/datasets/d4rl_flags.h"
#include "agents/datasets/data_env.h"
#include "agents/datasets/hdf5_file.h"
#include "agents/datasets/isolate.h"
#include "agents/datasets/shared_arrays.h"
#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/base/thread_pool.h"

namespace seqrl {
namespace {

using Json = nlohmann::json;
using Dims = std::pair<std::int64_t, std::int64_t>;  // rows, columns

constexpr std::int64_t kFewestUnused = 10;  // fewer rows of zeros at the end count as used

// The shape of an array with one row per transition; one dimension counts as one column.
Dims rows_and_columns(const Hdf5File& file, const std::string& name) {
  const std::vector<std::int64_t> shape = file.shape(name);
  SEQRL_REQUIRE(shape.size() == 1 || shape.size() == 2,
                "'{}' of {} has shape [{}]; only vectors, [N] or [N, dim], are supported", name,
                file.path().string(), fmt::join(shape, ", "));
  return {shape[0], shape.size() == 2 ? shape[1] : 1};
}

void require_shape(const Hdf5File& file, const std::string& name, Dims expected) {
  const Dims dims = rows_and_columns(file, name);
  SEQRL_REQUIRE(dims == expected,
                "'{}' of {} has shape [{}], expected [{}{}] to go with 'observations'", name,
                file.path().string(), fmt::join(file.shape(name), ", "), expected.first,
                expected.second == 1 ? "" : fmt::format(", {}", expected.second));
}

void add_stated_env(const Hdf5File& file, Json& result) {
  result["env"] = file.text("metadata/env").value_or("");
  result["env_config"] = file.text("metadata/env_config").value_or("");
}

// Runs in the child process: everything that needs libhdf5.
Json read_arrays(const std::filesystem::path& path, const LoadOptions& options,
                 SharedMemory& memory) {
  const Hdf5File file(path);
  ThreadPool pool(isolated_threads());
  const auto [rows, observation_dim] = rows_and_columns(file, "observations");
  const std::int64_t n = rows;
  const auto [action_rows, action_dim] = rows_and_columns(file, "actions");
  require_shape(file, "actions", {n, action_dim});
  SEQRL_REQUIRE(n > 0 && observation_dim > 0 && action_dim > 0,
                "{} holds no transitions: 'observations' is [{}, {}], 'actions' [{}, {}]",
                path.string(), n, observation_dim, action_rows, action_dim);

  Json result = {{"observation_dim", observation_dim}, {"action_dim", action_dim}};
  const auto read_floats = [&](const std::string& name, std::int64_t dim) {
    require_shape(file, name, {n, dim});
    const auto array = memory.allocate<float>(static_cast<std::uint64_t>(n * dim));
    file.read(name, array.values, &pool);
    result[name] = array.place;
  };
  const auto read_flags = [&](const char* what, const std::string& name) {
    require_shape(file, name, {n, 1});
    const auto array = memory.allocate<std::uint8_t>(static_cast<std::uint64_t>(n));
    file.read_flags(name, array.values, &pool);
    result[what] = array.place;
  };
  // The small arrays first: most defects appear before the long read.
  const EndFlags flags = find_end_flags(file, n);
  const bool has_timeouts = !flags.timeouts.empty();
  const bool wants_next = options.keep_next_observations || !has_timeouts;
  const bool has_next = wants_next && file.has_array("next_observations");
  SEQRL_REQUIRE(has_next || !options.keep_next_observations,
                "{} has no array 'next_observations', which was requested", path.string());
  result["notes"] = flags.notes;
  read_flags("terminals", flags.terminals);
  if (has_timeouts) read_flags("timeouts", flags.timeouts);
  read_floats("rewards", 1);
  read_floats("actions", action_dim);
  read_floats("observations", observation_dim);
  if (has_next) read_floats("next_observations", observation_dim);
  add_stated_env(file, result);
  result["action_choices"] = file.text("metadata/action_choices").value_or("");
  return result;
}

// As above, for a file's header only.
Json read_header(const std::filesystem::path& path) {
  const Hdf5File file(path);
  Json result = {{"observation_dim", rows_and_columns(file, "observations").second}};
  add_stated_env(file, result);
  return result;
}

void identify_env(DatasetSource& source, const Json& result) {
  seqrl::identify_env(source, {.name = result.at("env"), .config = result.at("env_config")},
                      std::filesystem::path(source.path).stem().string());
}

// Rows at the end in which everything is 0, as in a file that was allocated and not filled. A
// dataset has at least one row.
std::int64_t unused_rows(const TransitionArrays& arrays, std::span<const std::uint8_t> terminals,
                         std::span<const std::uint8_t> timeouts) {
  const auto zeros = [](auto values) {
    const auto last = std::find_if(values.rbegin(), values.rend(), [](auto x) { return x != 0; });
    return static_cast<std::int64_t>(last - values.rbegin());
  };
  std::int64_t rows = static_cast<std::int64_t>(terminals.size()) - 1;
  rows = std::min({rows, zeros(arrays.rewards.values()),
                   zeros(arrays.observations.values()) / arrays.observation_dim,
                   zeros(arrays.actions.values()) / arrays.action_dim, zeros(terminals)});
  return timeouts.empty() ? rows : std::min(rows, zeros(timeouts));
}

// "2" → 2, the number of choices; "" → 0, for vectors.
int choices_of(const std::filesystem::path& path, const std::string& text) {
  if (text.empty()) return 0;
  int choices = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), choices);
  SEQRL_REQUIRE(error == std::errc() && end == text.data() + text.size() && choices > 0,
                "{}: metadata/action_choices is {}, not a number of choices", path.string(),
                shown(text));
  return choices;
}

}  // namespace

std::vector<Episode> split_episodes(const EndEvidence& evidence) {
  const auto n = std::ssize(evidence.terminals);
  const std::int64_t dim = evidence.observation_dim;
  const auto was_reset_after = [&](std::int64_t i, std::int64_t length) {
    if (!evidence.timeouts.empty()) return evidence.timeouts[static_cast<std::size_t>(i)] != 0;
    if (evidence.next_observations.empty()) return length == evidence.max_episode_steps;
    if (i + 1 == n) return false;
    const float* next = evidence.next_observations.data() + i * dim;
    return !std::equal(next, next + dim, evidence.observations.data() + (i + 1) * dim);
  };
  std::vector<Episode> episodes;
  std::int64_t begin = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t length = i + 1 - begin;
    EndKind end = EndKind::timeout;
    if (evidence.terminals[static_cast<std::size_t>(i)] != 0) {
      end = EndKind::terminated;
    } else if (!was_reset_after(i, length)) {
      if (i + 1 < n) continue;
      const bool at_limit = evidence.timeouts.empty() && length == evidence.max_episode_steps;
      if (!at_limit) end = EndKind::cut;
    }
    episodes.push_back({begin, length, end});
    begin = i + 1;
  }
  return episodes;
}

DatasetHeader read_d4rl_header(const std::filesystem::path& path) {
  SharedMemory memory;
  const Json result = run_isolated(path, IsolationLimits::for_file(path), memory,
                                   [&](SharedMemory&) { return read_header(path); });
  DatasetHeader header;
  header.source.path = path.string();
  header.source.layout = "D4RL";
  header.observation_dim = result.at("observation_dim").get<std::int64_t>();
  identify_env(header.source, result);
  return header;
}

Trajectories load_d4rl(const std::filesystem::path& path, const LoadOptions& options) {
  SharedMemory memory;
  return load_d4rl(path, options, memory);
}

Trajectories load_d4rl(const std::filesystem::path& path, const LoadOptions& options,
                       SharedMemory& memory) {
  SEQRL_REQUIRE(options.max_episode_steps > 0, "max_episode_steps must be positive, got {}",
                options.max_episode_steps);
  const Json result =
      run_isolated(path, IsolationLimits::for_file(path), memory,
                   [&](SharedMemory& target) { return read_arrays(path, options, target); });
  auto terminals = memory.take<std::uint8_t>(result.at("terminals"));
  TransitionArrays arrays = take_arrays(memory, result, terminals.size());
  auto timeouts = memory.take<std::uint8_t>(result.value("timeouts", Json()));

  DatasetSource source;
  source.path = path.string();
  source.layout = timeouts.empty() ? "D4RL v0" : "D4RL v2";
  source.notes = result.at("notes").get<std::vector<std::string>>();
  identify_env(source, result);
  source.action_choices = choices_of(path, result.at("action_choices"));
  const auto n = static_cast<std::int64_t>(terminals.size());
  const std::int64_t unused = unused_rows(std::as_const(arrays), std::as_const(terminals).values(),
                                          std::as_const(timeouts).values());
  if (unused >= kFewestUnused) {
    source.unused_rows = unused;
    source.notes.push_back(
        fmt::format("the last {} of {} transitions are all 0, as in a file that was allocated but "
                    "not filled: they were excluded",
                    unused, n));
    arrays.truncate(n - unused);
    terminals.truncate(static_cast<std::size_t>(n - unused));
    timeouts.truncate(static_cast<std::size_t>(n - unused));
  }
  if (timeouts.empty()) {
    source.notes.push_back(
        arrays.next_observations.empty()
            ? fmt::format("no 'timeouts' and no 'next_observations': episodes without a terminal "
                          "were split after {} steps",
                          options.max_episode_steps)
            : "no 'timeouts': episodes without a terminal were split where 'next_observations' is "
              "discontinuous");
  }
  std::vector<Episode> episodes =
      split_episodes({std::as_const(terminals).values(), std::as_const(timeouts).values(),
                      std::as_const(arrays).observations.values(),
                      std::as_const(arrays).next_observations.values(), arrays.observation_dim,
                      options.max_episode_steps});
  if (!options.keep_next_observations) arrays.next_observations = {};
  return Trajectories(std::move(arrays), std::move(episodes), std::move(source), options);
}

}  // namespace seqrl

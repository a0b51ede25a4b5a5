#include "agents/datasets/npz.h"

#include <fmt/ranges.h>

#include <utility>

#include "agents/datasets/d4rl.h"
#include "agents/datasets/data_env.h"
#include "agents/datasets/isolate.h"
#include "agents/datasets/npz_file.h"
#include "agents/datasets/shared_arrays.h"
#include "configs/base/error.h"

namespace seqrl {
namespace {

using Json = nlohmann::json;

// The shape of an array with one row per step; dimensions after the first form one row.
std::pair<std::int64_t, std::int64_t> rows_and_columns(NpzFile& file, const std::string& name) {
  const std::vector<std::int64_t> shape = file.shape(name);
  SEQRL_REQUIRE(!shape.empty(), "'{}' of {} is a single number", name, file.path().string());
  std::int64_t columns = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) columns *= shape[i];
  return {shape[0], columns};
}

// Runs in the child process.
Json read_arrays(const std::filesystem::path& path, const LoadOptions& options,
                 SharedMemory& memory) {
  NpzFile file(path);
  const auto [rows, observation_dim] = rows_and_columns(file, "observations");
  const auto [action_rows, action_dim] = rows_and_columns(file, "actions");
  const std::int64_t n = rows;
  SEQRL_REQUIRE(n > 0 && observation_dim > 0 && action_dim > 0,
                "{} holds no transitions: 'observations' is [{}, {}], 'actions' [{}, {}]",
                path.string(), n, observation_dim, action_rows, action_dim);
  Json result = {{"observation_dim", observation_dim}, {"action_dim", action_dim}};
  const auto require_shape = [&](const std::string& name, std::int64_t columns) {
    SEQRL_REQUIRE(rows_and_columns(file, name) == std::pair(n, columns),
                  "'{}' of {} has shape [{}], expected [{}{}] to go with 'observations'", name,
                  path.string(), fmt::join(file.shape(name), ", "), n,
                  columns == 1 ? "" : fmt::format(", {}", columns));
  };
  const auto read_floats = [&](const std::string& name, std::int64_t dim) {
    require_shape(name, dim);
    const auto array = memory.allocate<float>(static_cast<std::uint64_t>(n * dim));
    file.read(name, array.values);
    result[name] = array.place;
  };
  const auto read_flags = [&](const std::string& name) {
    require_shape(name, 1);
    const auto array = memory.allocate<std::uint8_t>(static_cast<std::uint64_t>(n));
    file.read_flags(name, array.values);
    result[name] = array.place;
  };
  SEQRL_REQUIRE(file.has("next_observations") || !options.keep_next_observations,
                "{} has no array 'next_observations', which was requested", path.string());
  read_flags("terminals");
  if (file.has("timeouts")) read_flags("timeouts");
  if (file.has("rewards")) read_floats("rewards", 1);
  read_floats("actions", action_dim);
  read_floats("observations", observation_dim);
  if (options.keep_next_observations) read_floats("next_observations", observation_dim);
  return result;
}

}  // namespace

bool is_npz(const std::filesystem::path& path) {
  return path.extension() == ".npz";
}

DatasetHeader read_npz_header(const std::filesystem::path& path) {
  DatasetHeader header;
  header.source.path = path.string();
  header.source.layout = "OGBench";
  identify_env(header.source, {}, path.stem().string());
  return header;
}

Trajectories load_npz(const std::filesystem::path& path, const LoadOptions& options) {
  SharedMemory memory;
  return load_npz(path, options, memory);
}

Trajectories load_npz(const std::filesystem::path& path, const LoadOptions& options,
                      SharedMemory& memory) {
  const Json result =
      run_isolated(path, IsolationLimits::for_file(path), memory,
                   [&](SharedMemory& target) { return read_arrays(path, options, target); });
  auto terminals = memory.take<std::uint8_t>(result.at("terminals"));
  TransitionArrays arrays = take_arrays(memory, result, terminals.size());
  auto timeouts = memory.take<std::uint8_t>(result.value("timeouts", Json()));
  const bool marks_time = timeouts.empty();
  const Buffer<std::uint8_t> none(std::vector<std::uint8_t>(terminals.size()));

  DatasetSource source = read_npz_header(path).source;
  if (arrays.rewards.empty()) {
    arrays.rewards = memory.make<float>(terminals.size());
    source.notes.emplace_back(
        "there are no 'rewards', because goals are chosen later: all are 0, and returns are "
        "meaningless; agent=behavior_cloning needs none");
  }
  std::vector<Episode> episodes =
      split_episodes({.terminals = marks_time ? none.values() : std::as_const(terminals).values(),
                      .timeouts = std::as_const(marks_time ? terminals : timeouts).values(),
                      .observation_dim = arrays.observation_dim});
  return Trajectories(std::move(arrays), std::move(episodes), std::move(source), options);
}

}  // namespace seqrl

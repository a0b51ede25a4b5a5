#include "agents/datasets/states.h"

#include "agents/datasets/hdf5_file.h"
#include "agents/datasets/isolate.h"
#include "configs/base/error.h"
#include "configs/base/thread_pool.h"

namespace seqrl {
namespace {

using Json = nlohmann::json;

// Runs in the child process.
Json read_states(const std::filesystem::path& path, SharedMemory& memory) {
  const Hdf5File file(path);
  ThreadPool pool(isolated_threads());
  Json result = {{"mujoco_version", file.text("metadata/mujoco_version").value_or("")},
                 {"env_config", file.text("metadata/env_config").value_or("")}};
  for (const char* name : {"infos/qpos", "infos/qvel"}) {
    SEQRL_REQUIRE(file.has_array(name),
                  "{} has no array '{}', the simulator's states, so it cannot be replayed",
                  path.string(), name);
    const std::vector<std::int64_t> shape = file.shape(name);
    SEQRL_REQUIRE(shape.size() == 2, "'{}' of {} has {} dimensions, expected 2", name,
                  path.string(), shape.size());
    const auto array = memory.allocate<double>(static_cast<std::uint64_t>(shape[0] * shape[1]));
    file.read(name, array.values, &pool);
    result[name] = {{"place", array.place}, {"rows", shape[0]}, {"dim", shape[1]}};
  }
  return result;
}

}  // namespace

RecordedStates load_states(const std::filesystem::path& path) {
  SharedMemory memory;
  const Json result = run_isolated(path, IsolationLimits::for_file(path), memory,
                                   [&](SharedMemory& to) { return read_states(path, to); });
  const Json &qpos = result.at("infos/qpos"), &qvel = result.at("infos/qvel");
  SEQRL_REQUIRE(qpos.at("rows") == qvel.at("rows"), "{}: 'infos/qpos' has {} rows, 'infos/qvel' {}",
                path.string(), qpos.at("rows").get<std::int64_t>(),
                qvel.at("rows").get<std::int64_t>());
  return {.rows = qpos.at("rows"),
          .position_dim = qpos.at("dim"),
          .velocity_dim = qvel.at("dim"),
          .qpos = memory.take<double>(qpos.at("place")),
          .qvel = memory.take<double>(qvel.at("place")),
          .mujoco_version = result.at("mujoco_version"),
          .env_config = result.at("env_config")};
}

}  // namespace seqrl

#include "agents/collection/dataset_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>

#include "agents/datasets/hdf5_writer.h"
#include "agents/datasets/minari.h"
#include "configs/base/files.h"
#include "configs/base/staging.h"
#include "configs/config.h"
#include "envs/mujoco_model.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string in_groups(std::string name) {
  std::ranges::replace(name, '.', '/');
  return name;
}

// Rows [begin, end) of values with `dim` numbers each.
template <typename T>
std::span<const T> rows_of(const std::vector<T>& values, std::int64_t transitions,
                           std::int64_t begin, std::int64_t end) {
  const std::int64_t dim = static_cast<std::int64_t>(values.size()) / transitions;
  return std::span(values).subspan(static_cast<std::size_t>(begin * dim),
                                   static_cast<std::size_t>((end - begin) * dim));
}

// "medium-v0" → true
bool has_version(const std::string& name) {
  const std::size_t at = name.rfind("-v");
  return at != std::string::npos && at > 0 && at + 2 < name.size() &&
         std::ranges::all_of(name.substr(at + 2), [](unsigned char c) { return std::isdigit(c); });
}

void require_absent(const fs::path& output) {
  SEQRL_REQUIRE(!fs::exists(output),
                "output: {} is there already; give another name, or replace it with overwrite=true",
                output.string());
}

fs::path without_slash(const fs::path& folder) {
  return folder.has_filename() ? folder : folder.parent_path();
}

std::string minari_id(const fs::path& folder, const std::string& env) {
  const fs::path below =
      fs::weakly_canonical(folder).lexically_relative(fs::weakly_canonical(minari_root()));
  if (!below.empty() && *below.begin() != "..") return below.generic_string();
  return fmt::format("seqrl/{}/{}", env, folder.filename().string());
}

// Gymnasium's name of an environment that is the same as ours, or nothing.
Json gymnasium_spec(const std::string& env) {
  static const std::vector<std::array<const char*, 3>> kNames = {
      {"hopper", "Hopper-v4", "hopper_v4:HopperEnv"},
      {"halfcheetah", "HalfCheetah-v4", "half_cheetah_v4:HalfCheetahEnv"},
      {"walker2d", "Walker2d-v4", "walker2d_v4:Walker2dEnv"},
      {"ant", "Ant-v4", "ant_v4:AntEnv"}};
  for (const auto& [ours, id, entry] : kNames) {
    if (env != ours) continue;
    return {{"id", id},
            {"entry_point", fmt::format("gymnasium.envs.mujoco.{}", entry)},
            {"reward_threshold", nullptr},
            {"nondeterministic", false},
            {"max_episode_steps", 1000},
            {"order_enforce", true},
            {"disable_env_checker", false},
            {"kwargs", Json::object()},
            {"additional_wrappers", Json::array()},
            {"vector_entry_point", nullptr}};
  }
  return nullptr;
}

// A Box as Minari writes it: Python's JSON, which knows Infinity.
std::string box(const Space& space, const char* dtype) {
  const auto list = [](const std::vector<double>& values) {
    std::string text;
    for (double value : values) {
      if (!text.empty()) text += ", ";
      text += std::isfinite(value) ? Json(value).dump() : value < 0 ? "-Infinity" : "Infinity";
    }
    return text;
  };
  return fmt::format(
      R"({{"type": "Box", "dtype": "{}", "shape": [{}], "low": [{}], "high": [{}]}})", dtype,
      space.dim(), list(space.low), list(space.high));
}

void write_episodes(const Record& record, const fs::path& file) {
  Hdf5Writer out(file);
  const std::int64_t n = record.transitions();
  for (std::size_t i = 0; i < record.begins.size(); ++i) {
    const std::int64_t begin = record.begins[i];
    const std::int64_t end = i + 1 < record.begins.size() ? record.begins[i + 1] : n;
    const std::int64_t length = end - begin;
    const std::string group = fmt::format("episode_{}", i);
    const auto add = [&](const std::string& name, const auto& values, std::int64_t dim) {
      const auto rows = rows_of(values, n, begin, end);
      out.add(group + "/" + name,
              dim == 0 ? Hdf5Writer::Dims{length} : Hdf5Writer::Dims{length, dim}, rows);
    };
    const auto dim_of = [&](const auto& values) {
      return static_cast<std::int64_t>(values.size()) / n;
    };
    // One observation more than actions: the last one is where the episode ended.
    const std::int64_t dim = dim_of(record.observations);
    const auto seen = rows_of(record.observations, n, begin, end);
    const auto last = rows_of(record.next_observations, n, end - 1, end);
    std::vector<float> observations(seen.begin(), seen.end());
    observations.insert(observations.end(), last.begin(), last.end());
    out.add(group + "/observations", {length + 1, dim}, std::span<const float>(observations));
    add("actions", record.actions, dim_of(record.actions));
    add("rewards", record.rewards, 0);
    out.add_flags(group + "/terminations", {length}, rows_of(record.terminals, n, begin, end));
    out.add_flags(group + "/truncations", {length}, rows_of(record.timeouts, n, begin, end));
    if (!record.qpos.empty()) {
      add("infos/qpos", record.qpos, dim_of(record.qpos));
      add("infos/qvel", record.qvel, dim_of(record.qvel));
    }
    add("infos/action_log_probs", record.action_log_probs, 0);
    out.set_attribute(group, "id", static_cast<std::int64_t>(i));
    out.set_attribute(group, "total_steps", length);
  }
  out.close();
}

}  // namespace

void Collection::add_policy(const Behavior& behavior, bool deterministic) {
  const bool first = texts.empty();
  const std::string suffix = first ? "" : "_2";
  texts.emplace_back("algorithm" + suffix, behavior.algorithm());
  texts.emplace_back("policy_name" + suffix,
                     behavior.name() + (deterministic ? ", without noise" : ""));
  for (const auto& [name, parameter, offset] : behavior.parameters()) {
    const auto values = parameter->value().span<float>();
    Weights entry{"policy" + suffix + "/" + in_groups(name), {}, {values.begin(), values.end()}};
    for (int axis = 0; axis < parameter->shape().rank(); ++axis) {
      entry.shape.push_back(parameter->shape()[axis]);
    }
    weights.push_back(std::move(entry));
  }
}

void require_d4rl_output(const fs::path& file, bool overwrite) {
  const fs::path folder = file.parent_path();
  SEQRL_REQUIRE(folder.empty() || fs::is_directory(folder),
                "output: there is no folder {}; make it first", folder.string());
  SEQRL_REQUIRE(!fs::is_directory(file), "output: {} is a folder, not a file", file.string());
  if (!overwrite) require_absent(file);
}

void write_d4rl(const Collection& collection, const fs::path& path) {
  const Record& record = collection.record;
  const std::int64_t n = record.transitions();
  Hdf5Writer file(path);
  const auto add = [&](const std::string& name, const auto& values) {
    file.add(name, {n, static_cast<std::int64_t>(values.size()) / n}, std::span(values));
  };
  add("observations", record.observations);
  add("next_observations", record.next_observations);
  add("actions", record.actions);
  file.add("rewards", {n}, std::span(record.rewards));
  file.add_flags("terminals", {n}, record.terminals);
  file.add_flags("timeouts", {n}, record.timeouts);
  if (!record.qpos.empty()) {
    add("infos/qpos", record.qpos);
    add("infos/qvel", record.qvel);
  }
  file.add("infos/action_log_probs", {n}, std::span(record.action_log_probs));
  for (const auto& [name, text] : collection.texts) file.add_text("metadata/" + name, text);
  for (const Collection::Weights& weights : collection.weights) {
    file.add("metadata/" + weights.name, weights.shape, std::span(weights.values));
  }
  file.add_text("metadata/env", title_of(collection.world.env));
  if (!collection.world.is_plain()) {
    file.add_text("metadata/env_config", print_config(collection.world));
  }
  file.add_text("metadata/mujoco_version", mujoco_version());
  file.add_text("metadata/seed", std::to_string(collection.seed));
  file.add_text("metadata/transitions", std::to_string(n));
  file.close();
}

void require_minari_output(const fs::path& output, bool overwrite) {
  const fs::path folder = without_slash(output);
  SEQRL_REQUIRE(has_version(folder.filename().string()),
                "output: a Minari dataset's folder is named like medium-v0, not {}",
                folder.filename().string());
  if (!overwrite) require_absent(folder);
  SEQRL_REQUIRE(!fs::exists(folder) || fs::exists(folder / "data" / "main_data.hdf5"),
                "output: {} is there, and is no Minari dataset: it is not overwritten",
                folder.string());
}

void write_minari(const Collection& collection, const fs::path& output, bool overwrite) {
  const fs::path folder = without_slash(output);
  const std::unique_ptr<Env> env = make_env(collection.world.env);
  const Record& record = collection.record;
  Json metadata = {{"dataset_id", minari_id(folder, title_of(collection.world.env))},
                   {"minari_version", "0.4.3"},
                   {"data_format", "hdf5"},
                   {"total_episodes", record.begins.size()},
                   {"total_steps", record.transitions()},
                   {"observation_space", box(env->observation_space(), "float32")},
                   {"action_space", box(env->action_space(), "float32")},
                   {"mujoco_version", mujoco_version()},
                   {"seed", collection.seed}};
  for (const auto& [name, text] : collection.texts) metadata[name] = text;
  metadata["algorithm_name"] = metadata["algorithm"];
  if (!collection.world.is_plain()) metadata["env_config"] = print_config(collection.world);
  const Json spec = gymnasium_spec(collection.world.env.kind());
  if (!spec.is_null()) metadata["env_spec"] = spec.dump();

  Staging staged(folder, Staging::Kind::folder);
  make_folder(staged.path() / "data");
  write_episodes(record, staged.path() / "data" / "main_data.hdf5");
  write_file_atomically(staged.path() / "data" / "metadata.json", metadata.dump(1) + "\n");
  require_minari_output(folder, overwrite);  // again: an hour may have passed
  if (overwrite) return staged.replace();
  if (!staged.publish()) require_absent(folder);
}

}  // namespace seqrl

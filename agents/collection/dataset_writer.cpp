#include "agents/collection/dataset_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "agents/collection/minari_metadata.h"
#include "agents/datasets/hdf5_writer.h"
#include "configs/base/files.h"
#include "configs/base/staging.h"
#include "configs/schema/config.h"
#include "envs/mujoco/mujoco_model.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

// Rows [begin, end) of values with `dim` numbers each.
template <typename T>
std::span<const T> rows_of(const std::vector<T>& values, std::int64_t transitions,
                           std::int64_t begin, std::int64_t end) {
  const std::int64_t dim = static_cast<std::int64_t>(values.size()) / transitions;
  return std::span(values).subspan(static_cast<std::size_t>(begin * dim),
                                   static_cast<std::size_t>((end - begin) * dim));
}

// "medium-v0" → true
bool is_minari_name(const std::string& name) {
  const std::size_t at = name.rfind("-v");
  return at != std::string::npos && at > 0 && at + 2 < name.size() &&
         std::ranges::all_of(name.substr(at + 2),
                             [](unsigned char c) { return std::isdigit(c); }) &&
         std::ranges::all_of(
             name, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

void require_absent(const fs::path& output) {
  SEQRL_REQUIRE(!fs::exists(output),
                "output: {} exists already; give another name, or replace it with overwrite=true",
                output.string());
}

fs::path without_slash(const fs::path& folder) {
  return folder.has_filename() ? folder : folder.parent_path();
}

void write_episodes(const Record& record, bool discrete, const fs::path& file) {
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
    // One more observation than actions: the last one is the final state of the episode.
    const std::int64_t dim = dim_of(record.observations);
    const auto seen = rows_of(record.observations, n, begin, end);
    const auto last = rows_of(record.next_observations, n, end - 1, end);
    std::vector<float> observations(seen.begin(), seen.end());
    observations.insert(observations.end(), last.begin(), last.end());
    out.add(group + "/observations", {length + 1, dim}, std::span<const float>(observations));
    if (discrete) {  // as for Gymnasium's Discrete: an integer, without its own dimension
      const auto indices = rows_of(record.actions, n, begin, end);
      out.add(
          group + "/actions", {length},
          std::span<const std::int64_t>(std::vector<std::int64_t>(indices.begin(), indices.end())));
    } else {
      add("actions", record.actions, dim_of(record.actions));
    }
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

void require_d4rl_output(const fs::path& file, bool overwrite) {
  const fs::path folder = file.parent_path();
  SEQRL_REQUIRE(folder.empty() || fs::is_directory(folder),
                "output: there is no folder {}; create it first", folder.string());
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
  file.add_text("metadata/env", title_of(collection.env_config.env));
  if (!collection.env_config.is_plain()) {
    file.add_text("metadata/env_config", print_config(collection.env_config));
  }
  if (collection.action_choices > 0) {
    file.add_text("metadata/action_choices", std::to_string(collection.action_choices));
  }
  if (collection.is_simulated_here()) file.add_text("metadata/mujoco_version", mujoco_version());
  file.add_text("metadata/seed", std::to_string(collection.seed));
  file.add_text("metadata/transitions", std::to_string(n));
  file.close();
}

void require_minari_output(const fs::path& output, bool overwrite) {
  const fs::path folder = without_slash(output);
  SEQRL_REQUIRE(
      is_minari_name(folder.filename().string()),
      "output: a Minari dataset's folder is named like medium-v0, of letters, digits, _ and "
      "-, not {}",
      folder.filename().string());
  if (!overwrite) require_absent(folder);
  SEQRL_REQUIRE(!fs::exists(folder) || fs::exists(folder / "data" / "main_data.hdf5"),
                "output: {} exists and is not a Minari dataset, so it is not overwritten",
                folder.string());
}

void write_minari(const Collection& collection, const fs::path& output, bool overwrite) {
  const fs::path folder = without_slash(output);
  const std::string id = minari_id(folder);

  Staging staged(folder, Staging::Kind::folder);
  make_folder(staged.path() / "data");
  const fs::path data = staged.path() / "data" / "main_data.hdf5";
  write_episodes(collection.record, collection.action_choices > 0, data);
  write_file_atomically(staged.path() / "data" / "metadata.json",
                        minari_metadata(collection, id, fs::file_size(data)));
  require_minari_output(folder, overwrite);  // again: an hour may have passed
  if (overwrite) return staged.replace();
  if (!staged.publish()) require_absent(folder);
}

}  // namespace seqrl

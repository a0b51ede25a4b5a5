#include "agents/collection/minari_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>

#include "agents/datasets/minari.h"
#include "configs/base/files.h"
#include "configs/schema/config.h"
#include "envs/env_config.h"
#include "envs/mujoco/mujoco_model.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// The options that differ from the environment's defaults, under Gymnasium's names.
Json changed_options(const EnvSection& env) {
  const Json defaults = env_keys(EnvSection(env.kind()));
  Json changed = Json::object();
  const Json keys = env_keys(env);
  for (const auto& [key, value] : keys.items()) {
    if (defaults.value(key, Json()) != value) changed[key] = value;
  }
  return changed;
}

// Gymnasium's specification of an equivalent environment, or nothing.
Json gymnasium_spec(const EnvSection& env) {
  const EnvFacts* facts = env_facts(env.kind());
  if (facts == nullptr || facts->gymnasium_id.empty()) return nullptr;
  return {{"id", facts->gymnasium_id},
          {"entry_point", facts->entry_point},
          {"reward_threshold", nullptr},
          {"nondeterministic", false},
          {"max_episode_steps", 1000},
          {"order_enforce", true},
          {"disable_env_checker", false},
          {"kwargs", changed_options(env)},
          {"additional_wrappers", Json::array()},
          {"vector_entry_point", nullptr}};
}

// A Box in Minari's format: Python's JSON, with Infinity.
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

std::string action_space(const Space& space) {
  if (!space.is_discrete()) return box(space, "float32");
  return fmt::format(R"({{"type": "Discrete", "dtype": "int64", "start": 0, "n": {}}})",
                     space.choices);
}

// The identifier of the dataset in this folder, "" if there is none.
std::string id_at(const fs::path& folder) {
  const fs::path path = folder / "data" / "metadata.json";
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return "";
  const Json metadata = Json::parse(read_file(path, 16 << 20), nullptr, false);
  const auto id = metadata.is_object() ? metadata.find("dataset_id") : metadata.end();
  return metadata.is_object() && id != metadata.end() && id->is_string() ? id->get<std::string>()
                                                                         : "";
}

// The namespace of datasets next to `folder`, as far as it matches that of their folder.
fs::path shared_namespace(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder.parent_path(), ignored)) {
    const fs::path id = id_at(entry.path());
    const std::string end = fmt::format("/{}", id.generic_string());
    if (!id.empty() && entry.path().generic_string().ends_with(end)) return id.parent_path();
  }
  return {};
}

// Whether Minari allows this name in an identifier.
bool is_word(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
}

}  // namespace

std::string minari_id(const fs::path& folder) {
  const fs::path whole = fs::weakly_canonical(folder);
  const fs::path below = whole.lexically_relative(fs::weakly_canonical(minari_root()));
  if (!below.empty() && *below.begin() != "..") return below.generic_string();
  const fs::path name = whole.filename();
  if (const fs::path space = shared_namespace(whole); !space.empty()) {
    return (space / name).generic_string();
  }
  fs::path id = name;
  for (fs::path above = whole.parent_path(); !fs::exists(above) && is_word(above.filename());
       above = above.parent_path()) {
    id = above.filename() / id;
  }
  return id.generic_string();
}

std::string minari_metadata(const Collection& collection, const std::string& id,
                            std::uint64_t bytes) {
  const std::unique_ptr<Env> env = make_env(collection.env_config.env);
  const Record& record = collection.record;
  const double megabytes = std::max(0.1, std::round(static_cast<double>(bytes) / 1e5) / 10);
  Json metadata = {{"dataset_id", id},
                   {"minari_version", "0.4.3"},
                   {"data_format", "hdf5"},
                   {"dataset_size", megabytes},
                   {"total_episodes", record.begins.size()},
                   {"total_steps", record.transitions()},
                   {"observation_space", box(env->observation_space(), "float32")},
                   {"action_space", action_space(env->action_space())},
                   {"env", title_of(collection.env_config.env)},
                   {"seed", collection.seed},
                   {"author", Json::array({"seqrl"})},
                   {"author_email", Json::array()},
                   {"code_permalink", ""},
                   {"requirements", Json::array()}};
  if (collection.is_simulated_here()) metadata["mujoco_version"] = mujoco_version();
  for (const auto& [name, text] : collection.texts) metadata[name] = text;
  metadata["algorithm_name"] = metadata["algorithm"];
  metadata["description"] = fmt::format("{} transitions in {}, collected with seqrl",
                                        record.transitions(), title_of(collection.env_config.env));
  if (!collection.env_config.is_plain())
    metadata["env_config"] = print_config(collection.env_config);
  const Json spec = gymnasium_spec(collection.env_config.env);
  if (!spec.is_null()) metadata["env_spec"] = spec.dump();
  return metadata.dump(1) + "\n";
}

}  // namespace seqrl

#include "agents/datasets/minari_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "agents/datasets/data_env.h"
#include "agents/datasets/python_json.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Gymnasium's specification of an environment: JSON within a JSON string.
struct Spec {
  std::string id, kwargs, wrappers;
  int limit = 0;
};

// Its time limit, 0 for none or one that no config accepts.
int limit_of(const Json& spec) {
  constexpr std::int64_t kLargest = 1 << 24;
  const auto limit = spec.find("max_episode_steps");
  if (limit == spec.end() || !limit->is_number_integer()) return 0;
  const auto steps = limit->get<std::int64_t>();
  return steps > 0 && steps <= kLargest ? static_cast<int>(steps) : 0;
}

std::optional<Spec> spec_of(const Json& metadata, const char* key) {
  const Json json = parse_python_json(minari_text(metadata, key));
  if (!json.is_object()) return std::nullopt;
  Spec spec{.id = minari_text(json, "id"), .kwargs = "", .wrappers = "", .limit = limit_of(json)};
  Json kwargs = json.value("kwargs", Json::object());
  if (kwargs.is_object()) {
    for (const char* harmless : {"render_mode", "width", "height", "camera_id", "camera_name"}) {
      kwargs.erase(harmless);
    }
    if (!kwargs.empty()) spec.kwargs = kwargs.dump();
  }
  for (const Json& wrapper : json.value("additional_wrappers", Json::array())) {
    if (!wrapper.is_object()) continue;
    spec.wrappers += (spec.wrappers.empty() ? "" : ", ") + minari_text(wrapper, "name");
  }
  return spec;
}

StatedEnv stated_env(const Json& metadata, DatasetSource& source) {
  StatedEnv stated;
  stated.config = minari_text(metadata, "env_config");
  if (const auto spec = spec_of(metadata, "env_spec")) {
    stated.name = spec->id;
    stated.kwargs = spec->kwargs;
    stated.limit = spec->limit;
    if (!spec->wrappers.empty()) {
      source.notes.push_back(
          fmt::format("its environment was wrapped in {}; env is not", one_line(spec->wrappers)));
    }
  } else {
    stated.name = minari_text(metadata, "env");  // seqrl's, if Gymnasium has none
  }
  if (const auto spec = spec_of(metadata, "eval_env_spec")) {
    stated.eval_name = spec->id;
    stated.eval_kwargs = spec->kwargs;
    stated.eval_limit = spec->limit;
  }
  return stated;
}

// The part of an identifier that names the environment: "D4RL/door/human-v2" → "door".
std::string env_part(const std::string& id) {
  const std::size_t last = id.rfind('/');
  if (last == std::string::npos) return id;
  const std::size_t before = last == 0 ? std::string::npos : id.rfind('/', last - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  const std::string part = id.substr(begin, last - begin);
  return env_of_name(part).empty() ? id : part;
}

// An identifier consists of words separated by slashes; "" for anything else.
std::string checked_id(const std::string& id) {
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '/' || c == '.';
  };
  constexpr std::size_t kLongest = 200;
  const bool whole = !id.empty() && id.size() <= kLongest && std::ranges::all_of(id, fits) &&
                     id.front() != '/' && id.back() != '/' && id.find("..") == std::string::npos &&
                     id.find("//") == std::string::npos;
  return whole ? id : "";
}

std::optional<ReferenceReturns> reference_of(const Json& metadata) {
  const auto low = metadata.find("ref_min_score"), high = metadata.find("ref_max_score");
  if (low == metadata.end() || high == metadata.end()) return std::nullopt;
  if (!low->is_number() || !high->is_number()) return std::nullopt;
  const ReferenceReturns reference{low->get<double>(), high->get<double>()};
  if (!(reference.random < reference.expert)) return std::nullopt;
  return reference;
}

// The size of an observation in a one-dimensional Box; 0 = unknown.
std::int64_t observation_dim(const Json& metadata) {
  const Json space = parse_python_json(minari_text(metadata, "observation_space"));
  if (!space.is_object() || minari_text(space, "type") != "Box") return 0;
  const Json shape = space.value("shape", Json());
  const bool is_vector = shape.is_array() && shape.size() == 1 && shape[0].is_number_integer();
  return is_vector ? shape[0].get<std::int64_t>() : 0;
}

}  // namespace

Json read_minari_metadata(const fs::path& data_folder) {
  const fs::path path = data_folder / "metadata.json";
  if (!fs::exists(path)) return Json::object();
  Json metadata = Json::parse(seqrl::read_file(path, 16 << 20), nullptr, false);
  SEQRL_REQUIRE(metadata.is_object(), "{} is not a JSON object; fetch the dataset again",
                path.string());
  return metadata;
}

std::string minari_text(const Json& metadata, const char* key) {
  const auto found = metadata.find(key);
  return found != metadata.end() && found->is_string() ? found->get<std::string>() : "";
}

DatasetSource minari_source(const fs::path& data_folder, const Json& metadata) {
  DatasetSource source;
  source.path = (data_folder / "main_data.hdf5").string();
  source.layout = "Minari";
  source.id = checked_id(minari_text(metadata, "dataset_id"));
  const StatedEnv stated = stated_env(metadata, source);
  identify_env(source, stated, env_part(minari_text(metadata, "dataset_id")));
  source.own_reference = reference_of(metadata);
  return source;
}

DatasetHeader read_minari_header(const fs::path& data_folder) {
  const Json metadata = read_minari_metadata(data_folder);
  return {minari_source(data_folder, metadata), observation_dim(metadata)};
}

}  // namespace seqrl

#include "agents/datasets/data_env.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/json.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "configs/schema/tree.h"
#include "envs/env_config.h"
#include "envs/env_facts.h"

namespace seqrl {
namespace {

// "Walker2d-v5" → {"walker2d", 5}; without a version, 0.
struct VersionedName {
  std::string base;
  int version = 0;
};

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

VersionedName versioned(const std::string& name) {
  const std::size_t at = name.rfind("-v");
  if (at == std::string::npos) return {lower_case(name), 0};
  int version = 0;
  const char* end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + at + 2, end, version);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == end;
  return whole ? VersionedName{lower_case(name.substr(0, at)), version}
               : VersionedName{lower_case(name), 0};
}

// An environment of ours that is one of Gymnasium's, or observes its steps in another way.
struct Robot {
  std::string name;
  const EnvFacts* facts = nullptr;  // nullptr: there is none

  explicit operator bool() const { return facts != nullptr; }
  // Which of Gymnasium's it is: "hopper", 4.
  VersionedName gymnasium() const {
    return versioned(facts->gymnasium_id.empty() ? facts->variant_of : facts->gymnasium_id);
  }
};

Robot robot(const std::string& kind) {
  const EnvFacts* facts = env_facts(kind);
  const bool is_gymnasium =
      facts != nullptr && !(facts->gymnasium_id.empty() && facts->variant_of.empty());
  return is_gymnasium ? Robot{kind, facts} : Robot{};
}

// The qualities that D4RL's names end in: "hopper-medium-expert-v2" is data of hopper.
bool is_quality(std::string_view text) {
  constexpr std::array<std::string_view, 10> kQualities = {
      "random", "simple",      "medium", "medium-replay", "medium-expert",
      "expert", "full-replay", "replay", "mixed",         "human"};
  return std::ranges::find(kQualities, text) != kQualities.end();
}

// The environment of ours that a stated name means, and the version it names.
std::pair<Robot, int> robot_of(const std::string& stated) {
  VersionedName name = versioned(stated);
  if (const std::string ours = env_of_gymnasium_id(stated); !ours.empty()) {
    return {robot(ours), name.version};
  }
  if (Robot ours = robot(stated)) return {ours, 0};
  std::ranges::replace(name.base, '_', '-');
  const std::size_t dash = name.base.find('-');
  if (dash != std::string::npos && is_quality(name.base.substr(dash + 1))) {
    name = {name.base.substr(0, dash), 0};  // the version is the data's
  }
  if (name.base == "ant-d4rl") return {robot("ant_d4rl"), 0};
  return {robot(name.base), name.version};
}

// How what is stated differs from the environment of ours that it names, or "".
std::string difference(const DatasetSource& source) {
  const auto [robot, version] = robot_of(source.stated_env);
  if (!robot) return "";
  const int ours = robot.gymnasium().version;
  if (version > ours && !robot.facts->next_version.empty()) {
    return fmt::format("{} is Gymnasium's v{}, and in v{} {}", robot.name, ours, version,
                       robot.facts->next_version);
  }
  if (source.env_kwargs.empty()) return "";
  return fmt::format("it was made with the options {}", one_line(source.env_kwargs));
}

// Which keys differ of two environments that are described; where a model lies does not count if
// its fingerprint is known, nor do its name and where episodes start.
std::string described_difference(const std::string& path, const std::string& config,
                                 const EnvSection& env) {
  const Tree tree = parse_yaml(config, path + " (its env_config)");
  const Tree* stated = tree.find("env");
  const Tree* kind =
      stated != nullptr && stated->kind == Tree::Kind::map ? stated->find("kind") : stated;
  if (kind == nullptr) return "";
  if (kind->text != env.kind()) {
    return fmt::format("its environment is of kind {}, not {}", shown(kind->text), env.kind());
  }
  const auto flat = [](const EnvSection& section) {
    EnvConfig env_config;
    env_config.env = section;
    return with_dotted_keys(config_json(env_config).at("env"));
  };
  const nlohmann::json now = flat(env);
  const nlohmann::json then =
      flat(read_config_text<EnvConfig>(config, path + " (its env_config)", {"plugins=[]"}).env);
  const auto counts = [&](const std::string& key) {
    const bool known = then.contains("fingerprint") && !then["fingerprint"].is_null();
    return key != "name" && !key.starts_with("reset") && !(key == "model" && known);
  };
  for (const auto& [key, value] : then.items()) {
    if (!counts(key) || (now.contains(key) && now[key] == value)) continue;
    return fmt::format("there env.{} is {}, and here {}", key, one_line(value.dump()),
                       one_line(now.contains(key) ? now[key].dump() : "nothing"));
  }
  return "";
}

bool same_name(const std::string& a, const std::string& b) {
  return versioned(a).base == versioned(b).base;
}

}  // namespace

std::string env_of_name(std::string name) {
  for (char& c : name) {
    c = c == '-' || c == '.' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  // The longest known prefix that ends at a word's end: "maze2d_umaze" before "maze2d".
  for (std::size_t end = name.size(); end != std::string::npos && end > 0;
       end = name.rfind('_', end - 1)) {
    if (reference_returns(name.substr(0, end))) return name.substr(0, end);
  }
  return "";
}

void identify_env(DatasetSource& source, StatedEnv stated, const std::string& name) {
  constexpr std::size_t kLongestName = 64;
  source.stated_env = stated.name.size() <= kLongestName ? std::move(stated.name) : "";
  source.env_config = std::move(stated.config);
  source.env_kwargs = std::move(stated.kwargs);
  const std::string by_name = env_of_name(name);
  if (source.stated_env.empty()) {
    source.env = by_name;
    source.reference = reference_returns(by_name);
    return;
  }
  const Robot ours = robot_of(source.stated_env).first;
  source.env = source.stated_env;
  if (!source.env_config.empty()) return;
  if (ours && difference(source).empty()) source.env = ours.name;
  // Minari names Adroit's and others by ids that we do not know: their datasets' names are D4RL's.
  if (!ours && !by_name.empty() && !robot(by_name)) source.env = by_name;
  source.reference = reference_returns(source.env);
}

std::string env_mismatch(const DatasetSource& source, const EnvSection& env) {
  if (source.stated_env.empty()) return "";
  const std::string title = title_of(env);
  const Robot ours = robot(env.kind());
  if (!source.env_config.empty()) {
    if (ours) return fmt::format("its environment is described by a config of its own");
    return described_difference(source.path, source.env_config, env);
  }
  const Robot theirs = robot_of(source.stated_env).first;
  if (ours && theirs && ours.gymnasium().base == theirs.gymnasium().base) {
    return difference(source);
  }
  if ((!ours && !theirs) || same_name(title, theirs ? theirs.name : source.stated_env)) return "";
  return "that is another environment";
}

std::string env_note(const DatasetSource& source, const EnvSection& env) {
  const std::string title = title_of(env);
  if (source.stated_env.empty()) {
    if (same_name(source.env, title) || source.layout == "memory") return "";
    if (source.env.empty()) {
      return fmt::format("the data does not say of which environment it is: it is taken for {}'s",
                         title);
    }
    return fmt::format(
        "the data does not say of which environment it is; its name begins like {}, "
        "and env is {}",
        source.env, title);
  }
  const bool known = robot(env.kind()) || robot_of(source.stated_env).first;
  if (known || !source.env_config.empty() || same_name(source.stated_env, title) ||
      same_name(source.env, title)) {
    return "";
  }
  return fmt::format("the data says that it is of {}; whether {} is the same is for you to know",
                     shown(source.stated_env), title);
}

}  // namespace seqrl

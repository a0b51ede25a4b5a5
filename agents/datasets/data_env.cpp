#include "agents/datasets/data_env.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "agents/datasets/env_choice.h"
#include "agents/datasets/stated_robot.h"
#include "configs/base/error.h"
#include "configs/base/json.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "configs/schema/tree.h"
#include "envs/env_config.h"

namespace seqrl {
namespace {

// How the stated environment differs from our environment of that name, or "".
std::string difference(const DatasetSource& source, const Robot& ours) {
  const auto [theirs, version] = robot_of(source.stated_env);
  if (!theirs) return "";
  const std::string newer_or_older = version_difference(ours ? ours : theirs, version);
  if (!newer_or_older.empty() || source.env_kwargs.empty()) return newer_or_older;
  return fmt::format("it was made with the options {}", one_line(source.env_kwargs));
}

using Json = nlohmann::json;

Json flat_keys(const EnvSection& section) {
  return with_dotted_keys(env_keys(section));
}

// The first relevant key in which two environments differ: where episodes start is ignored.
std::string first_difference(const Json& then, const Json& now,
                             const std::function<bool(const std::string&)>& counts) {
  for (const auto& [key, value] : then.items()) {
    if (key.starts_with("reset") || !counts(key)) continue;
    if (now.contains(key) && now[key] == value) continue;
    return fmt::format("env.{} is {} in the data, but {} here", key, one_line(value.dump()),
                       one_line(now.contains(key) ? now[key].dump() : "nothing"));
  }
  return "";
}

// The keys in which two described environments differ; how they are run, their name and where
// episodes start are ignored.
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
  const EnvSection then =
      read_config_text<EnvConfig>(config, path + " (its env_config)", {"plugins=[]"}).env;
  return first_difference(flat_keys(then), flat_keys(env), [&](const std::string& key) {
    return key != "name" && !then.shared().is_incidental(key);
  });
}

// How `env` differs from our environment that the data names, including the options with which the
// data's was created.
std::string option_difference(const DatasetSource& source, const EnvSection& env) {
  const auto theirs = section_with(env.kind(), {source.env_kwargs, source.env_limit},
                                   source.path + " (its env_spec)");
  if (!theirs) return difference(source, robot_called(env.kind()));
  return first_difference(flat_keys(*theirs), flat_keys(env),
                          [](const std::string&) { return true; });
}

// Whether env is the Gymnasium environment of that id, with the options with which the data's was
// created.
std::string gymnasium_difference(const Json& env, const std::string& id,
                                 const std::string& kwargs) {
  const std::string here = env.value("id", "");
  const bool same_robot = !env_stated(id).empty() && env_stated(id) == env_stated(here);
  if (here != id && !same_robot) return "that is another environment";
  const Json options = env.value("options", Json::object());
  const Json made = kwargs.empty() ? Json::object() : Json::parse(kwargs, nullptr, false);
  if (options == made || (options.empty() && made.empty())) return "";
  return fmt::format("it was made with the options {}, but here they are {}", one_line(made.dump()),
                     one_line(options.dump()));
}

bool same_name(const std::string& a, const std::string& b) {
  return versioned(a).base == versioned(b).base;
}

}  // namespace

std::string env_of_name(std::string name) {
  for (char& c : name) {
    c = c == '-' || c == '.' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  // The longest known prefix that ends at a word boundary: "maze2d_umaze" before "maze2d", and
  // "hopper_v5" before "hopper".
  const auto known = [](const std::string& prefix) {
    const EnvFacts* facts = env_facts(prefix);
    return facts != nullptr && (facts->d4rl || !facts->gymnasium_id.empty());
  };
  for (std::size_t end = name.size(); end != std::string::npos && end > 0;
       end = name.rfind('_', end - 1)) {
    if (known(name.substr(0, end))) return name.substr(0, end);
  }
  return "";
}

void identify_env(DatasetSource& source, StatedEnv stated, const std::string& name) {
  constexpr std::size_t kLongestName = 64;
  const auto checked = [](std::string text) {
    return text.size() <= kLongestName ? std::move(text) : "";
  };
  source.stated_env = checked(std::move(stated.name));
  source.env_config = std::move(stated.config);
  source.env_kwargs = std::move(stated.kwargs);
  source.eval_env = checked(std::move(stated.eval_name));
  source.eval_kwargs = std::move(stated.eval_kwargs);
  source.env_limit = stated.limit;
  source.eval_limit = stated.eval_limit;
  const std::string by_name = env_of_name(name);
  if (source.stated_env.empty()) {
    source.env = by_name;
    // Minari's data of such a name is newly recorded, in other environments than D4RL's.
    if (source.layout != "Minari") source.reference = reference_returns(by_name);
    return;
  }
  const auto [ours, version] = robot_of(source.stated_env);
  source.env = source.stated_env;
  if (!source.env_config.empty()) return;
  if (ours && difference(source, ours).empty()) {
    source.env = ours.name;
    // HalfCheetah-v5 steps as v4 does, but D4RL measured v4.
    if (version <= ours.gymnasium().version) source.reference = reference_returns(ours.name);
  }
  // Minari names Adroit's and others by ids unknown to us: their datasets' names are D4RL's.
  if (!ours && !by_name.empty() && !robot_called(by_name)) source.env = by_name;
}

std::string env_mismatch(const DatasetSource& source, const EnvSection& env) {
  if (source.stated_env.empty()) return "";
  const std::string title = title_of(env);
  const Robot ours = robot_called(env.kind());
  if (!source.env_config.empty()) {
    if (ours && EnvSection(env).fields().all().empty()) {
      return "its environment is described by its own config";
    }
    return described_difference(source.path, source.env_config, env);
  }
  if (env.kind() == "gymnasium") {
    const Json section = env_keys(env);
    const std::string made = gymnasium_difference(section, source.stated_env, source.env_kwargs);
    if (made.empty() || source.eval_env.empty()) return made;
    return gymnasium_difference(section, source.eval_env, source.eval_kwargs);
  }
  if (!source.eval_env.empty() && env_stated(source.eval_env) == env.kind()) return "";
  const Robot theirs = robot_of(source.stated_env).first;
  if (ours && theirs && ours.gymnasium().base == theirs.gymnasium().base) {
    if (theirs.name == ours.name &&
        version_difference(ours, robot_of(source.stated_env).second).empty())
      return option_difference(source, env);
    return difference(source, ours);
  }
  if ((!ours && !theirs) || same_name(title, theirs ? theirs.name : source.stated_env)) return "";
  return "that is another environment";
}

std::string env_note(const DatasetSource& source, const EnvSection& env) {
  const std::string title = title_of(env);
  if (source.stated_env.empty()) {
    if (same_name(source.env, title) || source.layout == "memory") return "";
    if (source.env.empty()) {
      return fmt::format("the data does not name its environment: {} is assumed", title);
    }
    return fmt::format(
        "the data does not name its environment; its name begins like {}, but env is {}",
        source.env, title);
  }
  const bool known = robot_called(env.kind()) || robot_of(source.stated_env).first;
  if (known || env.kind() == "gymnasium" || !source.env_config.empty() ||
      same_name(source.stated_env, title) || same_name(source.env, title)) {
    return "";
  }
  return fmt::format("the data names {} as its environment; check whether {} is the same",
                     shown(source.stated_env), title);
}

}  // namespace seqrl

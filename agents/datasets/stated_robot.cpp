#include "agents/datasets/stated_robot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "envs/registry.h"

namespace seqrl {
namespace {

// The quality levels at the end of D4RL's names: "hopper-medium-expert-v2" is hopper data.
bool is_quality(std::string_view text) {
  constexpr std::array<std::string_view, 10> kQualities = {
      "random", "simple",      "medium", "medium-replay", "medium-expert",
      "expert", "full-replay", "replay", "mixed",         "human"};
  return std::ranges::find(kQualities, text) != kQualities.end();
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// The robot of this family and version, if it is built in.
Robot robot_of_version(const std::string& base, int version) {
  for (const std::string& name : env_names()) {
    const Robot robot = robot_called(name);
    if (!robot || robot.facts->gymnasium_id.empty()) continue;
    const VersionedName own = robot.gymnasium();
    if (own.base == base && own.version == version) return robot;
  }
  return {};
}

}  // namespace

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

VersionedName Robot::gymnasium() const {
  return versioned(facts->gymnasium_id.empty() ? facts->variant_of : facts->gymnasium_id);
}

Robot robot_called(const std::string& kind) {
  const EnvFacts* facts = env_facts(kind);
  const bool is_gymnasium =
      facts != nullptr && !(facts->gymnasium_id.empty() && facts->variant_of.empty());
  return is_gymnasium ? Robot{kind, facts} : Robot{};
}

std::pair<Robot, int> robot_of(const std::string& stated) {
  const auto own_version = [](const Robot& robot) {
    return std::pair(robot, robot ? robot.gymnasium().version : 0);
  };
  VersionedName name = versioned(stated);
  if (const std::string ours = env_of_gymnasium_id(stated); !ours.empty()) {
    return {robot_called(ours), name.version};
  }
  if (const Robot ours = robot_called(stated)) return own_version(ours);
  std::ranges::replace(name.base, '_', '-');
  const std::size_t dash = name.base.find('-');
  if (dash != std::string::npos && is_quality(name.base.substr(dash + 1))) {
    name = {name.base.substr(0, dash), 0};  // the version is that of the data
  }
  if (name.base == "ant-d4rl") return own_version(robot_called("ant_d4rl"));
  const Robot ours = robot_called(name.base);
  if (!ours || name.version == 0) return own_version(ours);
  const Robot same = robot_of_version(name.base, name.version);
  return {same ? same : ours, name.version};
}

std::string version_difference(const Robot& robot, int version) {
  const VersionedName own = robot.gymnasium();
  if (version > own.version && !robot.facts->next_version.empty()) {
    return fmt::format("{} is Gymnasium's v{}, and in v{} {}", robot.name, own.version, version,
                       robot.facts->next_version);
  }
  const Robot older = version < own.version ? robot_of_version(own.base, version) : Robot{};
  if (!older || older.facts->next_version.empty()) return "";
  return fmt::format("{} is Gymnasium's v{}, in which, unlike in v{}, {}", robot.name, own.version,
                     version, older.facts->next_version);
}

std::string env_stated(const std::string& stated) {
  const std::vector<std::string> names = env_names();
  if (std::ranges::find(names, stated) != names.end()) return stated;
  const auto [robot, version] = robot_of(stated);
  return robot && version_difference(robot, version).empty() ? robot.name : "";
}

}  // namespace seqrl

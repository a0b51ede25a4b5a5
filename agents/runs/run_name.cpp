#include "agents/runs/run_name.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "agents/runs/run_settings.h"
#include "agents/runs/run_start.h"
#include "models/training/tensorboard.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

// A text as a part of a folder's name, without characters that are special to a shell or in a path.
std::string part_of_name(std::string text) {
  for (char& c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("_.+-").find(c) != std::string_view::npos;
    if (!plain) c = '_';
  }
  return text;
}

std::string digest(const Settings& settings) {
  std::string text;
  for (const auto& [key, value] : settings) {
    if (!is_incidental(key)) text += fmt::format("{}={}\n", key, value);
  }
  return fmt::format("-{:08x}", crc32c(text));
}

// "-lr-0.001-warmup-10", or the digest if that is too long for a name.
std::string difference(const Settings& ours, const std::vector<std::string>& keys) {
  constexpr std::size_t kLongest = 40;
  std::string text;
  for (std::string key : keys) {
    const std::string& value = ours.at(key);
    if (key.ends_with(".kind")) key = key.substr(0, key.rfind('.'));
    text += part_of_name(fmt::format("-{}-{}", key.substr(key.rfind('.') + 1), value));
  }
  return text.size() <= kLongest ? text : digest(ours);
}

// The settings of the run in a folder; nothing if there is none, or it cannot be read.
std::optional<Settings> settings_in(const fs::path& folder, bool starting) {
  try {
    const auto yaml = config_in(folder, starting);
    if (yaml) return settings_of(*yaml, folder.string());
  } catch (const Error&) {
  }
  return std::nullopt;
}

}  // namespace

std::string distinct_folder(const std::string& usual, const std::string& yaml,
                            const std::set<std::string>& held) {
  const Settings ours = settings_of(yaml, "config");
  const auto settings = [&](const std::string& name) {
    return settings_in(name, held.contains(name));
  };
  const auto is_ours = [&](const std::optional<Settings>& theirs) {
    return theirs && differing_keys(ours, *theirs).empty();
  };
  const auto there = settings(usual);
  if (is_ours(there)) return usual;
  std::set<std::string> same;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(fs::path(usual).parent_path(), ignored)) {
    const std::string name = entry.path().string();
    if (name.starts_with(usual + "-") && is_ours(settings(name))) same.insert(name);
  }
  if (!same.empty()) return *same.begin();
  if (!there) return usual;
  const std::string named = usual + difference(ours, differing_keys(ours, *there));
  return settings(named) ? usual + digest(ours) : named;
}

}  // namespace seqrl

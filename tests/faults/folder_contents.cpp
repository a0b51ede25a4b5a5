#include "tests/faults/folder_contents.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <regex>
#include <string_view>
#include <vector>

#include "configs/base/files.h"

namespace {

namespace fs = std::filesystem;

// A TFRecord is its payload's length (8 bytes), a checksum of the length (4), the payload, and a
// checksum of the payload (4). Our events begin with the wall time, a key and 8 bytes; then comes
// the step.
std::string events_without_times(std::string_view bytes) {
  std::string events;
  while (bytes.size() >= 16) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    if (length < 9 || length > bytes.size() - 16) break;
    const std::string_view event = bytes.substr(12 + 9, length - 9);
    const bool has_scalars = event.starts_with('\x10') && event.find("\x2A") != event.npos;
    if (has_scalars) events.append(event);
    bytes.remove_prefix(16 + length);
  }
  return bytes.empty() ? events : events + "(cut)";
}

std::string without_speeds(const std::string& text) {
  auto json = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return text;
  for (const char* key : {"steps_per_second", "training_steps_per_second"}) json.erase(key);
  for (const char* part : {"last", "best"}) {
    if (json.contains(part) && json[part].is_object()) json[part].erase("steps_per_second");
  }
  return json.dump(1);
}

}  // namespace

FolderContents contents_of(const fs::path& folder) {
  // In order, as viewers read event files.
  std::vector<fs::directory_entry> entries;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) entries.push_back(entry);
  std::ranges::sort(entries);
  FolderContents contents;
  for (const fs::directory_entry& entry : entries) {
    const fs::path& path = entry.path();
    std::string name = path.lexically_relative(folder).string();
    const std::string file = path.filename().string();
    if (entry.is_directory()) {
      contents[name + "/"];
    } else if (file.starts_with("events.out.tfevents.")) {
      contents[(path.parent_path() / "events").lexically_relative(folder).string()] +=
          events_without_times(seqrl::read_file(path));
    } else if (file == "log.txt" || file == "output.txt" || file == "timing.jsonl") {
      contents[name];
    } else if (file == "report.html") {
      static const std::regex minute(R"(report created [-0-9]+ [0-9]+:[0-9]+)");
      contents[name] = std::regex_replace(seqrl::read_file(path), minute, "");
    } else if (file == "eval.json") {
      contents[name] = without_speeds(seqrl::read_file(path));
    } else {
      contents[name] = seqrl::read_file(path);
    }
  }
  return contents;
}

std::string difference(const FolderContents& expected, const FolderContents& found) {
  std::string text;
  for (const auto& [name, bytes] : expected) {
    const auto other = found.find(name);
    if (other == found.end()) {
      text += name + " is missing; ";
    } else if (other->second != bytes) {
      text += name + " differs; ";
    }
  }
  for (const auto& [name, bytes] : found) {
    if (!expected.contains(name)) text += name + " is too much; ";
  }
  return text;
}

#include "envs/mjcf_files.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "envs/assets.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestModel = 64u << 20;
constexpr int kDeepestInclude = 32;

class Fingerprint {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) {
      hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    }
  }
  std::string text() const { return fmt::format("{:016x}", hash_); }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

// Every value that the attribute `name` has in an XML text, in order.
std::vector<std::string> attributes(const std::string& xml, const std::string& name) {
  constexpr const char* kSpaces = " \t\r\n";
  std::vector<std::string> values;
  for (std::size_t at = xml.find(name); at != std::string::npos; at = xml.find(name, at)) {
    const bool begins = at > 0 && std::string_view(kSpaces).find(xml[at - 1]) != std::string::npos;
    at += name.size();
    const std::size_t equals = xml.find_first_not_of(kSpaces, at);
    if (!begins || equals == std::string::npos || xml[equals] != '=') continue;
    const std::size_t open = xml.find_first_not_of(kSpaces, equals + 1);
    if (open == std::string::npos || (xml[open] != '"' && xml[open] != '\'')) continue;
    const std::size_t close = xml.find(xml[open], open + 1);
    if (close != std::string::npos) values.push_back(xml.substr(open + 1, close - open - 1));
  }
  return values;
}

// Adds an MJCF text and, one after the other, the files that it refers to.
void add_model(const std::string& xml, const fs::path& folder, int depth, Fingerprint& all) {
  all.add(xml);
  if (depth == kDeepestInclude) return;  // MuJoCo rejects a model that includes itself
  std::vector<fs::path> folders = {folder};
  for (const char* name : {"meshdir", "texturedir", "assetdir"}) {
    for (const std::string& below : attributes(xml, name)) folders.push_back(folder / below);
  }
  for (const std::string& name : attributes(xml, "file")) {
    const auto found = std::ranges::find_if(
        folders, [&](const fs::path& at) { return fs::is_regular_file(at / name); });
    if (found != folders.end()) {
      const std::string text = read_file(*found / name);
      name.ends_with(".xml") ? add_model(text, folder, depth + 1, all) : all.add(text);
    } else if (const auto asset = std::ranges::find(builtin_assets(), name, &Asset::name);
               asset != builtin_assets().end()) {
      all.add(asset->text);
    }
  }
}

}  // namespace

std::string read_mjcf(const fs::path& file) {
  SEQRL_REQUIRE(fs::is_regular_file(file),
                "{}: no such file; env.model is relative to the working directory", file.string());
  return read_file(file, kLargestModel);
}

std::string mjcf_fingerprint(const fs::path& file) {
  Fingerprint all;
  add_model(read_mjcf(file), file.parent_path(), 0, all);
  return all.text();
}

}  // namespace seqrl

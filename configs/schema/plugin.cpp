#include "configs/schema/plugin.h"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/ranges.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/regular_file.h"
#include "configs/base/shell.h"
#include "configs/base/text.h"
#include "configs/schema/fields.h"
#include "configs/schema/values.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

// Loaded plugins by canonical path. Read and written under its mutex.
struct Loaded {
  std::mutex mutex;
  std::map<fs::path, std::string> errors;  // "" if loaded successfully
  bool chosen = false;                     // by the user, instead of by files
};

Loaded& loaded() {
  static Loaded all;
  return all;
}

// Whether tables or segments of a library lie beyond the file's end.
bool is_cut(std::string_view bytes) {
  const auto holds = [&](std::uint64_t offset, std::uint64_t size) {
    return offset <= bytes.size() && size <= bytes.size() - offset;
  };
  ElfW(Ehdr) header;
  if (!holds(0, sizeof header)) return true;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.e_phentsize != sizeof(ElfW(Phdr))) return true;
  const std::uint64_t segments = std::uint64_t{header.e_phnum} * header.e_phentsize;
  const std::uint64_t sections = std::uint64_t{header.e_shnum} * header.e_shentsize;
  if (!holds(header.e_phoff, segments) || !holds(header.e_shoff, sections)) return true;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    ElfW(Phdr) segment;
    std::memcpy(&segment, bytes.data() + header.e_phoff + i * sizeof segment, sizeof segment);
    if (segment.p_type != PT_NULL && !holds(segment.p_offset, segment.p_filesz)) return true;
  }
  return false;
}

// The reason not to load a file, found without running any of it; "" if it may be loaded.
std::string misfit(const fs::path& file) {
  const std::string bytes = read_file(file);
  if (!bytes.starts_with(ELFMAG)) return "not a shared library";
  // The loader maps the sizes in the headers and dies of SIGBUS if the file is shorter.
  if (is_cut(bytes)) return "truncated: parts of the library are missing; copy or rebuild it";
  const std::size_t mark = bytes.find(SEQRL_PLUGIN_MARK);
  if (mark == std::string::npos) {
    return "not a seqrl plugin: it does not use SEQRL_PLUGIN (configs/schema/plugin.h)";
  }
  const std::size_t begin = mark + std::string_view(SEQRL_PLUGIN_MARK).size();
  const std::string_view stamp =
      std::string_view(bytes).substr(begin, bytes.find('\0', begin) - begin);
  if (stamp == SEQRL_ABI) return "";
  return fmt::format("built against {}, but this is {}; rebuild it against this one",
                     one_line(stamp), SEQRL_ABI);
}

// Loads and registers a plugin. Returns the reason of a failure, or "".
std::string load(const fs::path& file) {
  std::string problem = misfit(file);
  if (!problem.empty()) return problem;
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fmt::format("cannot be loaded: {}", one_line(::dlerror()));
  }
  const auto register_all = reinterpret_cast<void (*)()>(::dlsym(library, "seqrl_plugin_register"));
  if (register_all == nullptr) return "not a seqrl plugin: it hides seqrl_plugin_register";
  try {
    register_all();
  } catch (const std::exception& error) {
    return fmt::format("its registration failed: {}", one_line(error.what()));
  } catch (...) {
    return "its registration failed";
  }
  return "";
}

// Whether a plugin with the same name is loaded.
bool is_loaded(const fs::path& file) {
  return std::ranges::any_of(loaded().errors, [&](const auto& known) {
    return known.first.filename() == file.filename() && known.second.empty();
  });
}

// Rejects plugins that a file names and that nobody allowed.
void require_allowed(const std::vector<std::string>& plugins) {
  const std::lock_guard lock(loaded().mutex);
  if (loaded().chosen || std::ranges::all_of(plugins, is_loaded)) return;
  std::vector<std::string> names;
  for (const std::string& plugin : plugins) names.push_back(shown(plugin));
  reject(
      "{} {} code, which is not run just because a file names it; if you trust it, add {} "
      "(plugins=[] continues without it)",
      fmt::join(names, ", "), plugins.size() == 1 ? "is" : "are",
      shell_quoted(plugins_setting(plugins)));
}

void load_once(const fs::path& file) {
  std::map<fs::path, std::string>& known = loaded().errors;
  if (!fs::is_regular_file(file)) {
    if (is_loaded(file)) return;
    std::error_code ignored;
    if (fs::exists(file, ignored)) require_regular_file(file);
    reject(
        "{}: no such file; the path is relative to the working directory; if the library has "
        "moved, give its path with plugins=[…]",
        file.string());
  }
  const fs::path path = fs::canonical(file);
  // A plugin that failed halfway is not tried again, because part of it is registered.
  if (!known.contains(path)) known.emplace(path, load(path));
  SEQRL_REQUIRE(known.at(path).empty(), "{}: {}", file.string(), known.at(path));
}

}  // namespace

void load_plugin(const fs::path& file) {
  const std::lock_guard lock(loaded().mutex);
  load_once(file);
}

void load_plugins_instead(const std::vector<std::string>& files) {
  const std::lock_guard lock(loaded().mutex);
  for (const std::string& file : files) load_once(file);
  loaded().chosen = true;
}

std::string plugins_setting(const std::vector<std::string>& plugins) {
  std::vector<std::string> list = plugins;
  Fields fields;
  fields("plugins", list, "");
  return "plugins=" + yaml_value(fields.all().front());
}

void add_plugins_field(Fields& field, std::vector<std::string>& plugins) {
  field("plugins", plugins, "shared libraries with environments or backbones; their code is run",
        file_path());
  field.first("plugins", [&plugins](PluginUse use, bool overridden) {
    if (overridden) return load_plugins_instead(plugins);
    if (use == PluginUse::refuse) require_allowed(plugins);
    if (use != PluginUse::load) return;
    for (const std::string& plugin : plugins) load_plugin(plugin);
  });
}

}  // namespace seqrl

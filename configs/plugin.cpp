#include "configs/plugin.h"

#include <dlfcn.h>

#include <map>
#include <mutex>
#include <set>
#include <string_view>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/text.h"
#include "configs/fields.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

// By the file's true path. Read and written under its mutex.
struct Loaded {
  std::mutex mutex;
  std::map<fs::path, std::string> errors;  // "" for those that loaded
  std::set<fs::path> instead;              // names of files of which one stands for all
};

Loaded& loaded() {
  static Loaded all;
  return all;
}

// Why a file must not be loaded, seen without running any of it; "" when it may.
std::string misfit(const fs::path& file) {
  const std::string bytes = read_file(file);
  if (!bytes.starts_with("\177ELF")) return "not a shared library";
  const std::size_t mark = bytes.find(SEQRL_PLUGIN_MARK);
  if (mark == std::string::npos) {
    return "not a plugin of seqrl: it does not use SEQRL_PLUGIN (configs/plugin.h)";
  }
  const std::size_t begin = mark + std::string_view(SEQRL_PLUGIN_MARK).size();
  const std::string_view stamp =
      std::string_view(bytes).substr(begin, bytes.find('\0', begin) - begin);
  if (stamp == SEQRL_ABI) return "";
  return fmt::format("built against {}, but this is {}; build it again against this one",
                     one_line(stamp), SEQRL_ABI);
}

// Loads and registers; why that failed, or "".
std::string load(const fs::path& file) {
  std::string problem = misfit(file);
  if (!problem.empty()) return problem;
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fmt::format("cannot be loaded: {}", one_line(::dlerror()));
  }
  const auto register_all = reinterpret_cast<void (*)()>(::dlsym(library, "seqrl_plugin_register"));
  if (register_all == nullptr) return "not a plugin of seqrl: it hides seqrl_plugin_register";
  try {
    register_all();
  } catch (const std::exception& error) {
    return fmt::format("its registration failed: {}", one_line(error.what()));
  } catch (...) {
    return "its registration failed";
  }
  return "";
}

void load_once(const fs::path& file) {
  std::map<fs::path, std::string>& known = loaded().errors;
  if (!fs::is_regular_file(file)) {
    for (const auto& [path, error] : known) {
      if (path.filename() == file.filename() && error.empty()) return;
    }
    reject(
        "{}: no such file; it is relative to the working directory, and plugins=[…] says where one "
        "of that name is instead",
        file.string());
  }
  const fs::path path = fs::canonical(file);
  // What failed half way is not tried again: part of it is registered.
  if (!known.contains(path)) known.emplace(path, load(path));
  SEQRL_REQUIRE(known.at(path).empty(), "{}: {}", file.string(), known.at(path));
}

}  // namespace

void load_plugin(const fs::path& file) {
  const std::lock_guard lock(loaded().mutex);
  if (!loaded().instead.contains(file.filename())) load_once(file);
}

void load_plugin_instead(const fs::path& file) {
  const std::lock_guard lock(loaded().mutex);
  load_once(file);
  loaded().instead.insert(file.filename());
}

void add_plugins_field(Fields& field, std::vector<std::string>& plugins) {
  field("plugins", plugins, "shared libraries that bring environments or backbones");
  field.first("plugins", [&plugins] {
    for (const std::string& plugin : plugins) load_plugin(plugin);
  });
}

}  // namespace seqrl

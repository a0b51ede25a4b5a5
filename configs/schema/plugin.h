// Loads shared libraries that add environments and backbones to seqrl at run time.
//
//   // my_env.cpp, a shared library of its own (CMake: target_link_libraries(… seqrl::plugin))
//   #include <configs/schema/plugin.h>
//   #include <envs/registry.h>
//   SEQRL_PLUGIN([] { seqrl::register_env("my_env", [] { return std::make_unique<MyEnv>(); }); })
//
//   # a config
//   plugins: [build/libmy_env.so]
//   env: my_env
//
// A plugin is code that runs with all permissions of the user. So only the config of a training,
// the command line or a program can have it loaded (PluginUse in configs/schema/fields.h,
// load_plugin below). Checkpoints and datasets cannot.
//
// A plugin does not link seqrl. It uses the seqrl of the program that loads it, so that the process
// has one registry and errors cross the boundary. It must be built with the headers of exactly that
// seqrl, because a C++ interface depends on class layouts, which change between versions.
#pragma once

#include <fmt/core.h>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "configs/abi.h"

#define SEQRL_TEXT_OF(x) #x
#define SEQRL_TEXT(x) SEQRL_TEXT_OF(x)
#if defined(_GLIBCXX_DEBUG)
#define SEQRL_DEBUG_CONTAINERS ", debug containers"
#else
#define SEQRL_DEBUG_CONTAINERS ""
#endif

// The properties that two builds must share so that one can load the other: version and headers of
// seqrl, compiler, standard library, and the libraries in its headers.
#define SEQRL_ABI                                                                   \
  "seqrl " SEQRL_VERSION " (headers " SEQRL_HEADERS                                 \
  ", C++ ABI " SEQRL_TEXT(__GXX_ABI_VERSION) "." SEQRL_TEXT(_GLIBCXX_USE_CXX11_ABI) \
      SEQRL_DEBUG_CONTAINERS ", fmt " SEQRL_TEXT(FMT_VERSION) ", json " SEQRL_TEXT( \
          NLOHMANN_JSON_VERSION_MAJOR) "." SEQRL_TEXT(NLOHMANN_JSON_VERSION_MINOR) ")"

// The start of the stamp in a plugin's file, which is read before any of its code runs.
#define SEQRL_PLUGIN_MARK "seqrl plugin built against "

// Makes a shared library a plugin. `registration` is a function without arguments that calls
// register_env or register_backbone. It is called once, on loading. Use the macro once per library,
// at namespace scope.
#define SEQRL_PLUGIN(...)                                                                   \
  extern "C" __attribute__((visibility("default"), used)) const char seqrl_plugin_stamp[] = \
      SEQRL_PLUGIN_MARK SEQRL_ABI;                                                          \
  extern "C" __attribute__((visibility("default"), used)) void seqrl_plugin_register() {    \
    (__VA_ARGS__)();                                                                        \
  }

namespace seqrl {

class Fields;

// Loads a plugin and runs its registration. A plugin that is already loaded is kept, even if `file`
// no longer exists but a plugin of its name is loaded. Plugins are never unloaded. `file` is
// relative to the working directory. Throws a one-line Error of kind user if the file is missing,
// truncated, not a plugin or from another build, or if its registration fails.
void load_plugin(const std::filesystem::path& file);

// Loads the plugins that the user chose instead of those that files name. From then on a file's
// list of plugins is never an Error, and is loaded only where it would be anyway. Missing kinds are
// still an Error.
void load_plugins_instead(const std::vector<std::string>& files);

// The setting that allows `plugins`: plugins=[build/libmine.so].
std::string plugins_setting(const std::vector<std::string>& plugins);

// Declares `plugins`, which are handled before the rest of the config is read.
void add_plugins_field(Fields& field, std::vector<std::string>& plugins);

}  // namespace seqrl

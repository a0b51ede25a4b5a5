// Shared libraries that add environments and backbones to seqrl while it runs.
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
// A plugin is code, which runs with all that the user may do. So a file is not enough to have it
// loaded: the config that is trained names it, or the command line, or a program does (PluginUse in
// configs/schema/fields.h, load_plugin below). Checkpoints and datasets cannot.
//
// A plugin links no seqrl: it uses that of the program which loads it, so that there is one
// registry in the process and errors cross. It is built with the headers of that very seqrl: an
// interface in C++ is classes and their layouts, which change from one version to the next.
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

// What two builds must share so that one may load the other: version and headers of seqrl,
// compiler, standard library, and the libraries in its headers.
#define SEQRL_ABI                                                                   \
  "seqrl " SEQRL_VERSION " (headers " SEQRL_HEADERS                                 \
  ", C++ ABI " SEQRL_TEXT(__GXX_ABI_VERSION) "." SEQRL_TEXT(_GLIBCXX_USE_CXX11_ABI) \
      SEQRL_DEBUG_CONTAINERS ", fmt " SEQRL_TEXT(FMT_VERSION) ", json " SEQRL_TEXT( \
          NLOHMANN_JSON_VERSION_MAJOR) "." SEQRL_TEXT(NLOHMANN_JSON_VERSION_MINOR) ")"

// Begins the stamp that a plugin's file carries, and that is read before any of its code runs.
#define SEQRL_PLUGIN_MARK "seqrl plugin built against "

// Makes a shared library a plugin. `registration` is called once, when it is loaded: a function of
// no arguments that calls register_env, register_backbone. Once in a library, at namespace scope.
#define SEQRL_PLUGIN(...)                                                                   \
  extern "C" __attribute__((visibility("default"), used)) const char seqrl_plugin_stamp[] = \
      SEQRL_PLUGIN_MARK SEQRL_ABI;                                                          \
  extern "C" __attribute__((visibility("default"), used)) void seqrl_plugin_register() {    \
    (__VA_ARGS__)();                                                                        \
  }

namespace seqrl {

class Fields;

// Loads a plugin and has it register what it brings; what is loaded already stays as it is, also
// when `file` is gone but one of its name is loaded. It is never unloaded. `file` is relative to
// the working directory. A file that is not there, that is cut short, that is no plugin or of
// another build, or whose registration fails, is an Error of kind user in one line.
void load_plugin(const std::filesystem::path& file);

// Loads what the user chose instead of what files name: from then on no file's list of plugins is
// an Error, nor loaded where it would not be anyway. What kinds are missing is.
void load_plugins_instead(const std::vector<std::string>& files);

// The setting that allows these: plugins=[build/libmine.so].
std::string plugins_setting(const std::vector<std::string>& plugins);

// Declares `plugins`, which are looked at before anything else of the config is read.
void add_plugins_field(Fields& field, std::vector<std::string>& plugins);

}  // namespace seqrl

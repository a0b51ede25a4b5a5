// A plugin that creates a file wherever its code runs, even if it is only loaded.
#include <configs/schema/plugin.h>
#include <envs/registry.h>

#include <fstream>

namespace {

[[gnu::constructor]] void leave_mark() {
  std::ofstream("mark") << "loaded\n";
}

}  // namespace

SEQRL_PLUGIN([] { seqrl::register_env("marked", [] { return seqrl::make_env("hopper"); }); })

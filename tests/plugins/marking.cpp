// A plugin that leaves a file behind wherever its code runs, be it only loaded.
#include <configs/schema/plugin.h>
#include <envs/registry.h>

#include <fstream>

namespace {

[[gnu::constructor]] void leave_mark() {
  std::ofstream("mark") << "loaded\n";
}

}  // namespace

SEQRL_PLUGIN([] { seqrl::register_env("marked", [] { return seqrl::make_env("hopper"); }); })

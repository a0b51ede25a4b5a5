// A plugin that cannot register.
#include <configs/schema/plugin.h>

#include <stdexcept>

SEQRL_PLUGIN([] { throw std::runtime_error("no licence found"); })

// A plugin with an undefined symbol.
#include <configs/schema/plugin.h>

void nowhere_to_be_found();

SEQRL_PLUGIN([] { nowhere_to_be_found(); })

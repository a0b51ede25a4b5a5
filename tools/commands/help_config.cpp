#include <iostream>

#include "agents/config.h"
#include "configs/config.h"
#include "tools/commands/commands.h"

namespace seqrl {

int run_help_config() {
  std::cout << help_text<RunConfig>();
  return 0;
}

}  // namespace seqrl

// A terminal of a given width, for tests of output that redraws its line.
#pragma once

#include "tools/progress.h"

namespace seqrl::tools {

inline Terminal terminal_of_width(int width) {
  Terminal terminal;
  terminal.interactive = true;
  terminal.width = [width] { return width; };
  return terminal;
}

}  // namespace seqrl::tools

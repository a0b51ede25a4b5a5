// The output of figures: tables on stdout, and files in a folder.
#pragma once

#include <filesystem>
#include <vector>

#include "tools/reports/figure.h"

namespace seqrl::tools {

// Prints figures as tables, writes their values as CSV, and draws them as SVG and PNG. The values
// are written first, so they exist even without gnuplot. Ctrl-C ends the drawing with an Error of
// kind failure.
void print_and_draw(const std::vector<Figure>& figures, const std::filesystem::path& folder);

}  // namespace seqrl::tools

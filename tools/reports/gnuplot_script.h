// A figure in gnuplot's language.
#pragma once

#include <string>

#include "tools/reports/figure.h"

namespace seqrl::tools {

// Draws the figure as SVG or PNG, to standard output. Its size grows with the legend, which stands
// below, so that the plot itself keeps its own.
enum class PictureFormat { svg, png };
std::string gnuplot_script(const Figure& figure, PictureFormat format);

}  // namespace seqrl::tools

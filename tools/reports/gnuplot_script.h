// A figure in gnuplot's language.
#pragma once

#include <string>

#include "tools/reports/figure.h"

namespace seqrl::tools {

// Draws the figure as SVG or PNG to standard output. The legend is below the plot, and the picture
// grows with it, so that the plot keeps its size.
enum class PictureFormat { svg, png };
std::string gnuplot_script(const Figure& figure, PictureFormat format);

}  // namespace seqrl::tools

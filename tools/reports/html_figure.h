// A figure as a part of an HTML page: its curves as inline SVG, a legend, its numbers.
#pragma once

#include <string>

#include "tools/reports/figure.h"

namespace seqrl::tools {

// A <figure class="plot">. page/page.css lays it out, and page/page.js shows its values. It is
// readable without either: the SVG is drawn here, once for wide and once for narrow screens.
std::string to_html(const Figure& figure);

}  // namespace seqrl::tools

// Draws figures as SVG and PNG with gnuplot.
#pragma once

#include <filesystem>
#include <vector>

#include "configs/base/progress_monitor.h"
#include "tools/reports/figure.h"

namespace seqrl::tools {

// Draws FOLDER/NAME.svg and .png. An Error of kind failure when gnuplot is missing or fails.
void draw(const Figure& figure, const std::filesystem::path& folder);

// Draws all figures; an Error of kind failure also when the monitor stops it.
void draw_all(const std::vector<Figure>& figures, const std::filesystem::path& folder,
              const ProgressMonitor& monitor);

}  // namespace seqrl::tools

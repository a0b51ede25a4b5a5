// Curves as data, and drawn by gnuplot.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "configs/base/progress_monitor.h"

namespace seqrl::tools {

struct CurvePoint {
  double x, mean, low, high;  // low and high bound the band; equal where there is none
};

struct Curve {
  std::string label;
  std::vector<CurvePoint> points;
};

struct Figure {
  std::string name;  // of its files, without an extension
  std::string title, x_label, y_label;
  std::string legend;  // what stands above the curves' labels, such as what their bands are
  std::vector<Curve> curves;
  bool identity = false;     // also the line y = x
  bool logarithmic = false;  // the y axis
  bool doubling = false;     // the x axis is logarithmic, to base 2
};

// Writes FOLDER/NAME.csv for each, with the columns curve,x,mean,low,high; makes the folder.
void write_csv(const std::vector<Figure>& figures, const std::filesystem::path& folder);

// A row for each x and a column for each curve's mean, in Markdown; "–" where a curve has no such
// x.
std::string to_markdown(const Figure& figure);

// Draws FOLDER/NAME.svg and .png. An Error of kind failure when gnuplot is missing or fails.
void draw(const Figure& figure, const std::filesystem::path& folder);

// Draws them all; an Error of kind failure also when the monitor stops it.
void draw_all(const std::vector<Figure>& figures, const std::filesystem::path& folder,
              const ProgressMonitor& monitor);

}  // namespace seqrl::tools

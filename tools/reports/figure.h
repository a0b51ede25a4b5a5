// A figure: curves as data, written as CSV and Markdown. drawing.h draws it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace seqrl::tools {

struct CurvePoint {
  double x, mean, low, high;  // low and high bound the band; equal where there is none
};

struct Curve {
  std::string label;
  std::vector<CurvePoint> points;
  std::optional<std::size_t> color_of;  // the index of another curve with the same colour
};

struct Figure {
  std::string name;  // of its files, without an extension
  std::string title, x_label, y_label;
  std::string legend;  // the text above the curves' labels, such as the meaning of the bands
  std::vector<Curve> curves;
  bool identity = false;     // also the line y = x
  bool logarithmic = false;  // the y axis
  bool doubling = false;     // the x axis is logarithmic, to base 2
};

// Writes FOLDER/NAME.csv for each, with the columns curve,x,mean,low,high; creates the folder.
void write_csv(const std::vector<Figure>& figures, const std::filesystem::path& folder);

// A row for each x and a column for each curve's mean: "12 ± 3" with a band, "–" where the curve
// has no such x. At most twelve rows, evenly spaced, including the last.
struct FigureTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};
FigureTable few_rows(const Figure& figure);

// The same in Markdown.
std::string to_markdown(const Figure& figure);

}  // namespace seqrl::tools

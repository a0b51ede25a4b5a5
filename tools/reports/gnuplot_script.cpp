#include "tools/reports/gnuplot_script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <vector>

#include "configs/base/text.h"
#include "tools/reports/figure_axes.h"

namespace seqrl::tools {
namespace {

// The colours of Okabe and Ito, which colour-blind readers can distinguish. Dashes and marks
// distinguish curves that share a colour.
constexpr std::array kColors = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                "#E69F00", "#56B4E9", "#000000", "#8B6914"};
constexpr std::array kMarks = {7, 5, 9, 13};

// In pixels of the SVG; the PNG is 1.5 times as large. The width of letters is approximate.
constexpr int kWidth = 800, kPlotHeight = 484, kLineHeight = 20, kLetter = 8;
constexpr int kLegendWidth = 700, kSample = 80;  // of the line sample next to a name
constexpr int kBelow = 72;                       // the x axis: its numbers and its label
constexpr int kMostColumns = 4;

// Quotes a text with gnuplot's single quotes, in which nothing else is special.
std::string single_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "''" : std::string(1, c);
  return result + "'";
}

// Text on one line, cut to the width.
std::string in_quotes(const std::string& text, int width = kWidth) {
  std::string line = one_line(text);
  const auto starts_letter = [](char c) { return (c & 0xC0) != 0x80; };
  if (std::ranges::count_if(line, starts_letter) > width / kLetter) {
    std::size_t end = 0;
    for (int letters = 0; end < line.size(); ++end) {
      if (starts_letter(line[end]) && letters++ == width / kLetter - 1) break;
    }
    line = line.substr(0, end) + "…";
  }
  return single_quoted(line);
}

// gnuplot's prefix of the names in an SVG: letters and digits, so that several fit on one page.
std::string identifier(const std::string& name) {
  std::string result = "figure_";
  for (const char c : name) result += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return "'" + result + "'";
}

std::string axis_commands(char name, const Axis& axis, bool logarithmic) {
  std::vector<std::string> ticks;
  for (const Tick& tick : axis.ticks) ticks.push_back(fmt::format("'{}' {}", tick.label, tick.at));
  return fmt::format("{}set {}range [{}:{}]\nset {}tics ({})\n",
                     logarithmic ? fmt::format("set logscale {}\n", name) : "", name, axis.low,
                     axis.high, name, fmt::join(ticks, ", "));
}

struct Legend {
  int columns = 1, lines = 0;
  bool shown() const { return lines > 0; }
};

// As many columns as the longest name allows. A single name only repeats the title, unless there is
// text above it.
Legend legend_of(const Figure& figure) {
  std::size_t longest = figure.identity ? 15 : 1;
  for (const Curve& curve : figure.curves) longest = std::max(longest, curve.label.size());
  const auto entries = static_cast<int>(figure.curves.size()) + (figure.identity ? 1 : 0);
  Legend legend;
  legend.columns = std::clamp(kLegendWidth / (static_cast<int>(longest) * kLetter + kSample), 1,
                              std::min(kMostColumns, std::max(entries, 1)));
  legend.lines = (entries + legend.columns - 1) / legend.columns + (figure.legend.empty() ? 0 : 1);
  return legend;
}

int height_of(const Legend& legend) {
  return kPlotHeight + kLineHeight * legend.lines;
}

std::string terminal(const Figure& figure, PictureFormat format, const Legend& legend) {
  const int height = height_of(legend);
  if (format == PictureFormat::svg) {
    return fmt::format("svg size {},{} font 'sans-serif,14' background 'white' name {}", kWidth,
                       height, identifier(figure.name));
  }
  return fmt::format("pngcairo size {},{} font 'Sans,16' background 'white'", kWidth * 3 / 2,
                     height * 3 / 2);
}

}  // namespace

std::string gnuplot_script(const Figure& figure, PictureFormat format) {
  const Legend legend = legend_of(figure);
  const double height = height_of(legend);
  std::string text = fmt::format(
      "set terminal {}\nset encoding utf8\nset title {} noenhanced\n"
      "set xlabel {} noenhanced\nset ylabel {} noenhanced\n"
      "set bmargin at screen {:.4f}\n"
      "set key at screen 0.5, screen {:.4f} bottom center horizontal Left reverse samplen 2 "
      "maxcols {} noenhanced\n"
      "set grid linetype 1 linewidth 0.6 linecolor rgb '#CCCCCC'\nset border 3\n"
      "set tics nomirror noenhanced\n",
      terminal(figure, format, legend), in_quotes(figure.title), in_quotes(figure.x_label),
      in_quotes(figure.y_label, kPlotHeight), (kBelow + kLineHeight * legend.lines) / height,
      4 / height, legend.columns);
  const Axes axes = axes_of(figure);
  text +=
      axis_commands('x', axes.x, figure.doubling) + axis_commands('y', axes.y, figure.logarithmic);
  // Not in the title, where a long name may need all the space.
  if (!figure.legend.empty()) text += fmt::format("set key title {}\n", in_quotes(figure.legend));
  std::vector<std::string> plots;
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    const Curve& curve = figure.curves[i];
    const std::size_t look = curve.color_of.value_or(i);
    const std::string data = fmt::format("$curve{}", i), color = kColors[look % kColors.size()];
    const std::size_t round = look / kColors.size();
    std::string rows;
    for (const CurvePoint& p : curve.points) {
      if (is_finite(p)) rows += fmt::format("{} {} {} {}\n", p.x, p.mean, p.low, p.high);
    }
    if (rows.empty()) continue;
    text += data + " << END\n" + rows + "END\n";
    const bool band = has_band(curve), one = curve.points.size() == 1;
    if (band && !one) {
      plots.push_back(
          fmt::format("{} using 1:3:4 with filledcurves fillcolor rgb '{}' fillstyle transparent "
                      "solid 0.18 noborder notitle",
                      data, color));
    }
    const bool few = curve.points.size() <= kFewPoints;
    const int mark = kMarks[round % kMarks.size()];
    const std::string style =
        one   ? fmt::format("{} pointtype {} pointsize 1.5", band ? "yerrorbars" : "points", mark)
        : few ? fmt::format("linespoints dashtype {} pointtype {} pointsize 0.6", round + 1, mark)
              : fmt::format("lines dashtype {}", round + 1);
    plots.push_back(fmt::format("{} using {} with {} linewidth 2 linecolor rgb '{}' title {}", data,
                                band && one ? "1:2:3:4" : "1:2", style, color,
                                in_quotes(curve.label, kLegendWidth - kSample / 2)));
  }
  if (figure.identity) {
    plots.push_back(
        "x with lines dashtype 2 linewidth 1.5 linecolor rgb '#888888' title 'return = target'");
  }
  if (plots.empty()) plots.push_back("NaN notitle");
  return text + fmt::format("plot {}\n", fmt::join(plots, ", "));
}

}  // namespace seqrl::tools

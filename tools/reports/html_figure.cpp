#include "tools/reports/html_figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tools/reports/csv.h"
#include "tools/reports/figure_axes.h"
#include "tools/reports/html_text.h"

namespace seqrl::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHues = 8;  // --c0 to --c7 in page.css

// One of the two pictures of a figure, in pixels at its usual size.
struct Format {
  const char* name;  // its class
  double width, height;
};
constexpr Format kFormats[] = {{"wide", 560, 320}, {"narrow", 350, 260}};
constexpr double kDigitWidth = 7.2, kPlotTop = 10, kBelowPlot = 26, kBesidePlot = 14;

// Where numbers of a figure are in a picture.
struct Plane {
  Axes axes;
  bool log_x, log_y;
  double left, right, top, bottom;

  static double part(double value, const Axis& axis, bool logarithmic) {
    if (!logarithmic) return (value - axis.low) / (axis.high - axis.low);
    return std::log(std::max(value, axis.low) / axis.low) / std::log(axis.high / axis.low);
  }
  double x(double value) const { return left + (right - left) * part(value, axes.x, log_x); }
  double y(double value) const { return bottom - (bottom - top) * part(value, axes.y, log_y); }
};

Plane plane_of(const Figure& figure, const Format& format) {
  Plane plane{axes_of(figure), figure.doubling, figure.logarithmic, 0, 0, 0, 0};
  std::size_t longest = 2;
  for (const Tick& tick : plane.axes.y.ticks) longest = std::max(longest, tick.label.size());
  plane.left = kDigitWidth * static_cast<double>(longest) + 10;
  plane.right = format.width - kBesidePlot;
  plane.top = kPlotTop;
  plane.bottom = format.height - kBelowPlot;
  return plane;
}

std::string grid_of(const Plane& plane) {
  std::string text = "<g class=\"axes\">";
  for (const Tick& tick : plane.axes.y.ticks) {
    const double y = plane.y(tick.at);
    text += fmt::format(
        "<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"{:.1f}\" "
        "y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
        plane.left, plane.right, y, y, plane.left - 6, y + 4, escaped(tick.label));
  }
  for (const Tick& tick : plane.axes.x.ticks) {
    const double x = plane.x(tick.at),
                 half = kDigitWidth * static_cast<double>(tick.label.size()) / 2;
    const bool last = x + half > plane.right + kBesidePlot;
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>",
                        last ? plane.right + kBesidePlot : x, plane.bottom + 18,
                        last ? "end" : "middle", escaped(tick.label));
  }
  return text + "</g>";
}

std::vector<CurvePoint> finite_points(const Curve& curve) {
  std::vector<CurvePoint> points;
  std::ranges::copy_if(curve.points, std::back_inserter(points), is_finite);
  return points;
}

// The index of a curve's colour.
std::size_t look_of(const Figure& figure, std::size_t index) {
  return figure.curves[index].color_of.value_or(index);
}

std::string curve_class(std::size_t index) {
  return fmt::format("curve c{} d{}", index % kHues, index / kHues % 4);
}

std::string point_text(const Plane& plane, double x, double y) {
  return fmt::format("{:.1f},{:.1f}", plane.x(x), plane.y(y));
}

// The band as an area, or as a bar for a single point.
std::string band_of(const Plane& plane, const std::vector<CurvePoint>& points) {
  const bool bar = points.size() == 1;
  std::string path = "M";
  for (const CurvePoint& p : points) path += point_text(plane, p.x, p.high) + " ";
  for (auto p = points.rbegin(); p != points.rend(); ++p) {
    path += point_text(plane, p->x, p->low) + " ";
  }
  return fmt::format("<path class=\"{}\" d=\"{}\"/>", bar ? "bar" : "band", path);
}

std::string drawn_curve(const Plane& plane, const Figure& figure, std::size_t index) {
  const Curve& curve = figure.curves[index];
  const std::vector<CurvePoint> points = finite_points(curve);
  std::string text =
      fmt::format("<g class=\"{}\" data-curve=\"{}\">", curve_class(look_of(figure, index)), index);
  if (points.empty()) return text + "</g>";
  if (has_band(curve)) text += band_of(plane, points);
  std::string path = "M";
  for (const CurvePoint& p : points) path += point_text(plane, p.x, p.mean) + " ";
  if (points.size() > 1) text += fmt::format("<path class=\"line\" d=\"{}\"/>", path);
  if (points.size() <= kFewPoints) {
    for (const CurvePoint& p : points) {
      text += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/>", plane.x(p.x),
                          plane.y(p.mean), points.size() == 1 ? 4 : 2.5);
    }
  }
  return text + "</g>";
}

std::string picture_of(const Figure& figure, const Format& format) {
  const Plane plane = plane_of(figure, format);
  // The data that the script needs to find a number's position.
  const Json place = {{"x", {plane.axes.x.low, plane.axes.x.high}},
                      {"left", plane.left},
                      {"right", plane.right},
                      {"y", {plane.axes.y.low, plane.axes.y.high}},
                      {"top", plane.top},
                      {"bottom", plane.bottom},
                      {"logX", plane.log_x},
                      {"logY", plane.log_y}};
  std::string text = fmt::format(
      "<svg class=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" data-plane=\"{}\">",
      format.name, format.width, format.height, escaped(figure.title + ": " + figure.y_label),
      escaped(place.dump()));
  text += grid_of(plane);
  if (figure.identity) {
    const double low = std::max(plane.axes.x.low, plane.axes.y.low);
    const double high = std::min(plane.axes.x.high, plane.axes.y.high);
    text += fmt::format("<path class=\"identity\" d=\"M{} {}\"/>", point_text(plane, low, low),
                        point_text(plane, high, high));
  }
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    text += drawn_curve(plane, figure, i);
  }
  return text + "<g class=\"cursor\"></g></svg>\n";
}

std::string sample_of(const std::string& classes) {
  return fmt::format(
      "<svg class=\"sample\" viewBox=\"0 0 26 10\" aria-hidden=\"true\"><g class=\"{}\"><path "
      "class=\"line\" d=\"M1 5H25\"/></g></svg>",
      classes);
}

// The curves' names, which hide and show them on a click, and the meaning of their bands.
std::string legend_html(const Figure& figure) {
  std::string text = "<div class=\"legend\">";
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    text +=
        fmt::format("<button type=\"button\" aria-pressed=\"true\" data-curve=\"{}\">{}{}</button>",
                    i, sample_of(curve_class(look_of(figure, i))), escaped(figure.curves[i].label));
  }
  if (figure.identity) text += "<span>" + sample_of("same") + "return = target</span>";
  if (!figure.legend.empty()) text += fmt::format("<span>{}</span>", escaped(figure.legend));
  return text + "</div>\n";
}

std::string numbers_of(const Figure& figure) {
  const FigureTable table = few_rows(figure);
  std::string text = "<details><summary>Numbers</summary><div class=\"scroll\"><table>\n<tr>";
  for (const std::string& name : table.head) text += "<th>" + escaped(name) + "</th>";
  text += "</tr>\n";
  for (const auto& row : table.rows) {
    text += "<tr>";
    for (const std::string& cell : row) text += "<td class=\"number\">" + cell + "</td>";
    text += "</tr>\n";
  }
  return text + "</table></div><button type=\"button\" class=\"csv\">Save all as CSV</button>" +
         "</details>\n";
}

// All points, as [x, mean, low, high], with a readable number of digits.
std::string data_of(const Figure& figure) {
  Json curves = Json::array();
  const auto short_number = [](double value) {
    return std::strtod(fmt::format("{:.7g}", value).c_str(), nullptr);
  };
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    const Curve& curve = figure.curves[i];
    Json points = Json::array();
    for (const CurvePoint& p : finite_points(curve)) {
      points.push_back(
          {short_number(p.x), short_number(p.mean), short_number(p.low), short_number(p.high)});
    }
    curves.push_back({{"label", curve.label},
                      {"cell", csv_cell(curve.label)},
                      {"color", look_of(figure, i) % kHues},
                      {"points", std::move(points)}});
  }
  const Json json = {{"name", figure.name}, {"x", figure.x_label}, {"curves", std::move(curves)}};
  return "<script type=\"application/json\">" + script_data(json) + "</script>\n";
}

}  // namespace

std::string to_html(const Figure& figure) {
  std::string text = fmt::format(
      "<figure class=\"plot\">\n<figcaption><b>{}</b><span>{}, over {}</span></figcaption>\n",
      escaped(figure.title), escaped(figure.y_label), escaped(figure.x_label));
  text += legend_html(figure) + "<div class=\"canvas\" tabindex=\"0\">\n";
  for (const Format& format : kFormats) text += picture_of(figure, format);
  text += "<div class=\"tip\" role=\"status\" hidden></div></div>\n";
  return text + numbers_of(figure) + data_of(figure) + "</figure>\n";
}

}  // namespace seqrl::tools

#include "tools/reports/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <set>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "tools/media.h"
#include "tools/process.h"
#include "tools/reports/csv.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

// Okabe and Ito's colours, which the colour-blind tell apart.
constexpr std::array kColors = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                "#E69F00", "#56B4E9", "#000000", "#8B6914"};
constexpr std::size_t kFewPoints = 30;  // are marked
constexpr std::size_t kTableRows = 12;

// Text in gnuplot's single quotes, in which nothing else is special.
std::string in_quotes(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "''" : std::string(1, c);
  return result + "'";
}

// What gnuplot prefixes the names in an SVG with: letters and digits, so that several fit one page.
std::string identifier(const std::string& name) {
  std::string result = "figure_";
  for (const char c : name) result += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return in_quotes(result);
}

bool has_band(const Curve& curve) {
  return std::ranges::any_of(curve.points, [](const CurvePoint& p) { return p.low != p.high; });
}

// Three significant digits, or all before the point.
std::string few_digits(double value) {
  return std::abs(value) >= 999.5 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

// Whether there is one point to a curve, which neither makes a line nor spans an axis, and all are
// positive.
bool is_of_lone_points(const Figure& figure) {
  return std::ranges::all_of(figure.curves, [](const Curve& curve) {
    return curve.points.size() == 1 && curve.points.front().low > 0;
  });
}

std::string cell_text(const CurvePoint& p) {
  if (p.low == p.high) return few_digits(p.mean);
  return fmt::format("{} ± {}", few_digits(p.mean), few_digits((p.high - p.low) / 2));
}

// Up to kTableRows of the x that curves have, evenly spread, the last among them.
std::vector<double> table_rows(const Figure& figure) {
  std::set<double> all;
  for (const Curve& curve : figure.curves) {
    for (const CurvePoint& p : curve.points) all.insert(p.x);
  }
  const std::vector<double> xs(all.begin(), all.end());
  const std::size_t count = std::min(xs.size(), kTableRows);
  std::vector<double> rows;
  for (std::size_t i = 1; i <= count; ++i) rows.push_back(xs[xs.size() * i / count - 1]);
  return rows;
}

std::string script(const Figure& figure, const std::string& terminal) {
  std::string text = fmt::format(
      "set terminal {}\nset encoding utf8\nset title {} noenhanced\n"
      "set xlabel {} noenhanced\nset ylabel {} noenhanced\n"
      "set key outside right top vertical Left reverse samplen 2 noenhanced\n"
      "set grid linetype 1 linewidth 0.6 linecolor rgb '#CCCCCC'\nset border 3\n"
      "set tics nomirror\nset format x '%.12g'\n{}",
      terminal, in_quotes(figure.title), in_quotes(figure.x_label), in_quotes(figure.y_label),
      figure.doubling ? "set logscale x 2\n" : "set xrange [0:*]\n");
  // Not in the title, which a long name may need alone.
  if (!figure.legend.empty()) text += fmt::format("set key title {}\n", in_quotes(figure.legend));
  if (figure.logarithmic) text += "set logscale y\n";
  const bool lone = is_of_lone_points(figure);
  if (lone && !figure.logarithmic) text += "set yrange [0:*]\n";
  std::string plots;
  const auto add = [&](const std::string& plot) { plots += (plots.empty() ? "" : ", ") + plot; };
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    const Curve& curve = figure.curves[i];
    const std::string data = fmt::format("$curve{}", i), color = kColors[i % kColors.size()];
    text += data + " << END\n";
    for (const CurvePoint& p : curve.points) {
      text += fmt::format("{} {} {} {}\n", p.x, p.mean, p.low, p.high);
    }
    text += "END\n";
    if (has_band(curve)) {
      add(
          fmt::format("{} using 1:3:4 with filledcurves fillcolor rgb '{}' fillstyle transparent "
                      "solid 0.18 noborder notitle",
                      data, color));
    }
    const bool few = curve.points.size() <= kFewPoints;
    add(fmt::format("{} using 1:2 with {} linewidth 2 linecolor rgb '{}' title {}", data,
                    lone  ? "points pointtype 7 pointsize 1.5"
                    : few ? "linespoints pointtype 7 pointsize 0.6"
                          : "lines",
                    color, in_quotes(curve.label)));
  }
  if (figure.identity) {
    add("x with lines dashtype 2 linewidth 1.5 linecolor rgb '#888888' title 'return = target'");
  }
  return text + "plot " + plots + "\n";
}

// What gnuplot draws, kept in memory until it is known to be whole.
std::string drawn(const Figure& figure, const std::string& terminal,
                  bool (*is_whole)(std::string_view), const fs::path& path) {
  Process gnuplot({"gnuplot", "-"}, {.feed = true, .capture = true}, "gnuplot-nox");
  const bool fed = gnuplot.write(script(figure, terminal));
  const int status = gnuplot.wait();
  std::string picture = gnuplot.captured();
  if (status == 0 && fed && is_whole(picture)) return picture;
  const std::string said = gnuplot.last_error();
  fail("gnuplot could not draw {}: {}", path.string(),
       said.empty() ? fmt::format("its picture is cut short (exit status {})", status) : said);
}

}  // namespace

void write_csv(const std::vector<Figure>& figures, const fs::path& folder) {
  make_folder(folder);
  for (const Figure& figure : figures) {
    std::string text = "curve,x,mean,low,high\n";
    for (const Curve& curve : figure.curves) {
      for (const CurvePoint& p : curve.points) {
        text += fmt::format("{},{},{},{},{}\n", csv_cell(curve.label), p.x, p.mean, p.low, p.high);
      }
    }
    write_file_atomically(folder / (figure.name + ".csv"), text);
  }
}

std::string to_markdown(const Figure& figure) {
  const std::vector<double> rows = table_rows(figure);
  std::string text = fmt::format("| {} |", figure.x_label), line = "|---|";
  for (const Curve& curve : figure.curves) {
    text += fmt::format(" {} |", curve.label);
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (const double x : rows) {
    text += fmt::format("| {} |", x);
    for (const Curve& curve : figure.curves) {
      const auto found = std::ranges::find(curve.points, x, &CurvePoint::x);
      text += found == curve.points.end() ? " – |" : fmt::format(" {} |", cell_text(*found));
    }
    text += "\n";
  }
  return text;
}

void draw(const Figure& figure, const fs::path& folder) {
  const fs::path svg = folder / (figure.name + ".svg"), png = folder / (figure.name + ".png");
  const std::string for_svg =
      "svg size 800,500 font 'sans-serif,14' background 'white' name " + identifier(figure.name);
  const std::string for_png = "pngcairo size 1200,750 font 'Sans,16' background 'white'";
  write_file_atomically(svg, drawn(figure, for_svg, tools::is_whole_svg, svg));
  write_file_atomically(png, drawn(figure, for_png, tools::is_whole_png, png));
}

}  // namespace seqrl

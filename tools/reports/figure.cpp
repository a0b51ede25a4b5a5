#include "tools/reports/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/printable.h"
#include "tools/media.h"
#include "tools/process.h"
#include "tools/reports/csv.h"
#include "tools/reports/gnuplot_script.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTableRows = 12;

// Three significant digits, or all before the point.
std::string few_digits(double value) {
  return std::abs(value) >= 999.5 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
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

// What gnuplot draws, kept in memory until it is known to be whole.
std::string drawn(const Figure& figure, PictureFormat format, bool (*is_whole)(std::string_view),
                  const fs::path& path) {
  Process gnuplot({"gnuplot", "-"}, {.feed = true, .capture = true}, "gnuplot-nox");
  const bool fed = gnuplot.write(gnuplot_script(figure, format));
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
  std::string text = fmt::format("| {} |", markdown_text(figure.x_label)), line = "|---|";
  for (const Curve& curve : figure.curves) {
    text += fmt::format(" {} |", markdown_text(curve.label));
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
  write_file_atomically(svg, drawn(figure, PictureFormat::svg, is_whole_svg, svg));
  write_file_atomically(png, drawn(figure, PictureFormat::png, is_whole_png, png));
}

void draw_all(const std::vector<Figure>& figures, const fs::path& folder,
              const ProgressMonitor& monitor) {
  for (std::size_t i = 0; i < figures.size(); ++i) {
    monitor.advance(static_cast<std::int64_t>(i), std::ssize(figures), "figures");
    if (monitor.stopped()) fail("interrupted; {} of {} figures were drawn", i, figures.size());
    draw(figures[i], folder);
  }
}

}  // namespace seqrl::tools

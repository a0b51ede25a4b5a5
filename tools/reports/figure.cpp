#include "tools/reports/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "configs/base/files.h"
#include "configs/base/printable.h"
#include "tools/reports/csv.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTableRows = 12;

// Three significant digits, or all digits before the point.
std::string few_digits(double value) {
  return std::abs(value) >= 999.5 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string cell_text(const CurvePoint& p) {
  if (p.low == p.high) return few_digits(p.mean);
  return fmt::format("{} ± {}", few_digits(p.mean), few_digits((p.high - p.low) / 2));
}

// Up to kTableRows of the curves' x, evenly spaced, including the last.
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

FigureTable few_rows(const Figure& figure) {
  FigureTable table{{figure.x_label}, {}};
  for (const Curve& curve : figure.curves) table.head.push_back(curve.label);
  for (const double x : table_rows(figure)) {
    std::vector<std::string>& row = table.rows.emplace_back(1, fmt::format("{}", x));
    for (const Curve& curve : figure.curves) {
      const auto found = std::ranges::find(curve.points, x, &CurvePoint::x);
      row.push_back(found == curve.points.end() ? "–" : cell_text(*found));
    }
  }
  return table;
}

std::string to_markdown(const Figure& figure) {
  const FigureTable table = few_rows(figure);
  std::string text = "|", line = "|";
  for (const std::string& name : table.head) {
    text += fmt::format(" {} |", markdown_text(name));
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (const auto& row : table.rows) {
    text += "|";
    for (const std::string& cell : row) text += fmt::format(" {} |", cell);
    text += "\n";
  }
  return text;
}

}  // namespace seqrl::tools

// A table as Markdown, CSV and JSON.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "configs/base/printable.h"
#include "configs/base/text.h"
#include "tools/reports/csv.h"
#include "tools/reports/markdown_table.h"
#include "tools/reports/score_table.h"

namespace seqrl::tools {
namespace {

using Json = nlohmann::ordered_json;
using Line = TableLine;

// Returns and scores reach hundreds and more; accuracies and losses need more digits.
int decimals(const std::string& measure) {
  const std::string what = measure.substr(measure.rfind('/') + 1);
  return what == "score" || what == "return" || what == "length" ? 1 : 4;
}

std::string moments_text(const SeedSummary& summary, int digits) {
  if (!summary.moments) return "–";
  const auto& [mean, std] = *summary.moments;
  return std ? fmt::format("{:.{}f} ± {:.{}f}", mean, digits, *std, digits)
             : fmt::format("{:.{}f}", mean, digits);
}

std::string interval_text(double iqm, const Interval& interval) {
  if (std::isnan(iqm)) return "–";
  return fmt::format("{:.1f} [{:.1f}, {:.1f}]", iqm, interval.low, interval.high);
}

std::string iqm_text(const SeedSummary& summary) {
  return summary.interval ? interval_text(*summary.iqm, *summary.interval) : "–";
}

std::string published_text(const std::vector<Published>& numbers) {
  Line parts;
  for (const Published& number : numbers) {
    const int digits = number.measure == "score" ? 1 : 3;
    parts.push_back(
        fmt::format("{}{:.{}f} ({}{})", number.what.empty() ? "" : std::string(number.what) + " ",
                    number.value, digits, number.mark, number.verified ? "" : ", quoted"));
  }
  return parts.empty() ? "–" : fmt::format("{}", fmt::join(parts, "; "));
}

std::string difference_text(const PairedDifference& difference, int digits) {
  std::string text = fmt::format("{:+.{}f}", difference.iqm, digits);
  if (difference.interval) {
    text += fmt::format(" [{:+.{}f}, {:+.{}f}]", difference.interval->low, digits,
                        difference.interval->high, digits);
  }
  return text;
}

std::string comparisons_text(const std::vector<TableComparison>& comparisons) {
  std::vector<Line> lines;
  for (const TableComparison& one : comparisons) {
    const int digits = decimals(one.measure);
    lines.push_back(
        {markdown_code(one.learner), markdown_text(one.measure), std::to_string(one.last.tasks),
         std::to_string(one.last.pairs), difference_text(one.last, digits),
         fmt::format("{:.0f} %", 100 * one.last.above), difference_text(one.best, digits),
         fmt::format("{:.0f} %", 100 * one.best.above)});
  }
  return markdown_table(
      {"learner − " + markdown_code(comparisons.front().baseline), "metric", "tasks", "pairs",
       "last, paired IQM [95 %]", "above", "best, paired IQM [95 %]", "above"},
      std::move(lines));
}

Json to_json(const PairedDifference& difference) {
  const auto& interval = difference.interval;
  return {{"tasks", difference.tasks},
          {"pairs", difference.pairs},
          {"iqm", difference.iqm},
          {"iqm_low", interval ? Json(interval->low) : Json(nullptr)},
          {"iqm_high", interval ? Json(interval->high) : Json(nullptr)},
          {"above", difference.above}};
}

Json or_null(const auto& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json(const SeedSummary& summary) {
  Json json = {{"values", summary.values},    {"mean", nullptr},    {"std", nullptr},
               {"iqm", or_null(summary.iqm)}, {"iqm_low", nullptr}, {"iqm_high", nullptr}};
  if (summary.moments) {
    json["mean"] = summary.moments->mean;
    json["std"] = or_null(summary.moments->std);
  }
  if (summary.interval) {
    json["iqm_low"] = summary.interval->low;
    json["iqm_high"] = summary.interval->high;
  }
  return json;
}

}  // namespace

std::string to_markdown(const ScoreTable& table) {
  std::vector<Line> lines;
  for (const TableRow& row : table.rows) {
    lines.push_back({markdown_text(row.task), markdown_code(row.learner),
                     markdown_text(row.variant), markdown_text(row.measure),
                     std::to_string(row.seeds.size()),
                     moments_text(row.last, decimals(row.measure)),
                     moments_text(row.best, decimals(row.measure)), iqm_text(row.last),
                     iqm_text(row.best), row.parameters ? grouped(*row.parameters) : "–",
                     row.steps_per_second ? fmt::format("{:.3g}", *row.steps_per_second) : "–",
                     published_text(row.published)});
  }
  std::string text =
      markdown_table({"task", "learner", "variant", "metric", "seeds", "last", "best",
                      "last IQM [95 %]", "best IQM [95 %]", "parameters", "steps/s", "published"},
                     std::move(lines));
  if (!table.aggregates.empty()) {
    lines.clear();
    for (const TableAggregate& all : table.aggregates) {
      lines.push_back({markdown_code(all.learner), markdown_text(all.measure),
                       std::to_string(all.tasks.size()),
                       interval_text(all.last_iqm, all.last_interval),
                       interval_text(all.best_iqm, all.best_interval)});
    }
    text += '\n';
    text += markdown_table(
        {"learner, all tasks", "metric", "tasks", "last IQM [95 %]", "best IQM [95 %]"},
        std::move(lines));
  }
  if (!table.comparisons.empty()) text += '\n' + comparisons_text(table.comparisons);
  text += "\n";
  for (const std::string& note : table.notes) text += fmt::format("- {}\n", printable(note));
  return text;
}

std::string to_csv(const ScoreTable& table) {
  std::string text =
      "task,learner,variant,metric,seeds,last_mean,last_std,last_iqm,last_iqm_low,last_iqm_high,"
      "best_mean,best_std,best_iqm,best_iqm_low,best_iqm_high,parameters,steps_per_second,"
      "published\n";
  for (const TableRow& row : table.rows) {
    Line cells = {row.task, row.learner, row.variant, row.measure,
                  std::to_string(row.seeds.size())};
    for (const SeedSummary* summary : {&row.last, &row.best}) {
      const Json json = to_json(*summary);
      for (const char* key : {"mean", "std", "iqm", "iqm_low", "iqm_high"}) {
        cells.push_back(json[key].is_null() ? "" : json[key].dump());
      }
    }
    cells.push_back(row.parameters ? std::to_string(*row.parameters) : "");
    cells.push_back(row.steps_per_second ? fmt::format("{}", *row.steps_per_second) : "");
    cells.push_back(row.published.empty() ? "" : published_text(row.published));
    std::ranges::transform(cells, cells.begin(), csv_cell);
    text += fmt::format("{}\n", fmt::join(cells, ","));
  }
  return text;
}

Json to_json(const ScoreTable& table) {
  Json json = {{"rows", Json::array()},
               {"aggregates", Json::array()},
               {"comparisons", Json::array()},
               {"notes", table.notes}};
  for (const TableRow& row : table.rows) {
    Json published = Json::array();
    for (const Published& number : row.published) {
      published.push_back({{std::string(number.measure), number.value},
                           {"what", number.what},
                           {"source", number.source},
                           {"quoted_from_memory", !number.verified}});
    }
    json["rows"].push_back({{"task", row.task},
                            {"learner", row.learner},
                            {"variant", row.variant},
                            {"metric", row.measure},
                            {"seeds", row.seeds},
                            {"last", to_json(row.last)},
                            {"best", to_json(row.best)},
                            {"parameters", or_null(row.parameters)},
                            {"steps_per_second", or_null(row.steps_per_second)},
                            {"published", published}});
  }
  for (const TableAggregate& all : table.aggregates) {
    json["aggregates"].push_back({{"learner", all.learner},
                                  {"metric", all.measure},
                                  {"tasks", all.tasks},
                                  {"last_iqm", all.last_iqm},
                                  {"last_iqm_low", all.last_interval.low},
                                  {"last_iqm_high", all.last_interval.high},
                                  {"best_iqm", all.best_iqm},
                                  {"best_iqm_low", all.best_interval.low},
                                  {"best_iqm_high", all.best_interval.high}});
  }
  for (const TableComparison& one : table.comparisons) {
    json["comparisons"].push_back({{"learner", one.learner},
                                   {"baseline", one.baseline},
                                   {"metric", one.measure},
                                   {"last", to_json(one.last)},
                                   {"best", to_json(one.best)}});
  }
  return json;
}

}  // namespace seqrl::tools

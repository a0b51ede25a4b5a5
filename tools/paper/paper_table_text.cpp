// The paper's table as Markdown, CSV and JSON.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "configs/base/printable.h"
#include "tools/paper/experiments.h"
#include "tools/paper/paper_table.h"
#include "tools/reports/csv.h"
#include "tools/reports/markdown_table.h"

namespace seqrl::tools {
namespace {

using Json = nlohmann::ordered_json;

int decimals(const PublishedNumber& number) {
  return number.measure == "score" ? 1 : number.measure == "milliseconds" ? 2 : 3;
}

// "best 1.548 at step 575 (k, quoted)"
std::string published_text(const PublishedNumber& number) {
  const int digits = decimals(number);
  std::string text =
      fmt::format("{}{}{:.{}f}", number.what, number.what.empty() ? "" : " ", number.value, digits);
  if (number.std) text += fmt::format(" ± {:.{}f}", *number.std, digits);
  if (number.step) text += fmt::format(" at step {}", *number.step);
  return text + fmt::format(" ({}{})", number.mark, number.verified ? "" : ", quoted");
}

std::string measured_text(const PaperRow& row) {
  if (!row.measured) return "–";
  const int digits = decimals(row.number);
  std::string text = fmt::format("{:.{}f}", *row.measured, digits);
  if (row.interval) {
    text +=
        fmt::format(" [{:.{}f}, {:.{}f}]", row.interval->low, digits, row.interval->high, digits);
  }
  return text;
}

std::string step_text(const PaperRow& row) {
  return row.values.empty() ? "–" : fmt::format("{} of {}", row.step, row.steps);
}

// The command that trains a whole experiment.
std::string command_of(const PaperRow& row) {
  return find_experiment(row.number.experiment) == nullptr
             ? row.number.command
             : fmt::format("seqrl sweep configs/paper/{}.yaml", row.number.experiment);
}

TableLine line_of(const PaperRow& row) {
  const PublishedNumber& number = row.number;
  return {markdown_text(number.task),
          markdown_code(number.learner),
          markdown_text(number.settings),
          markdown_text(number.chance ? "scaled accuracy" : number.measure),
          published_text(number),
          measured_text(row),
          row.seeds.empty() ? "–" : fmt::format("{}", fmt::join(row.seeds, ", ")),
          step_text(row),
          name_of(row.verdict),
          row.cost.empty() ? "–" : row.cost};
}

Json to_json(const PaperRow& row) {
  const PublishedNumber& number = row.number;
  const auto or_null = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  return {{"experiment", number.experiment},
          {"task", number.task},
          {"learner", number.learner},
          {"settings", number.settings},
          {"measure", number.measure},
          {"chance", or_null(number.chance)},
          {"published",
           {{"value", number.value},
            {"std", or_null(number.std)},
            {"step", or_null(number.step)},
            {"what", number.what},
            {"source", number.source},
            {"quoted_from_memory", !number.verified}}},
          {"measured",
           {{"values", row.values},
            {"seeds", row.seeds},
            {"iqm", or_null(row.measured)},
            {"low", row.interval ? Json(row.interval->low) : Json(nullptr)},
            {"high", row.interval ? Json(row.interval->high) : Json(nullptr)},
            {"step", row.values.empty() ? Json(nullptr) : Json(row.step)},
            {"steps", row.steps},
            {"other_settings", row.other_settings}}},
          {"verdict", name_of(row.verdict)},
          {"remark", number.remark},
          {"tolerance", number.tolerance},
          {"command", row.command},
          {"cost", row.cost}};
}

}  // namespace

std::string to_markdown(const PaperTable& table) {
  std::string text;
  for (auto row = table.rows.begin(); row != table.rows.end();) {
    const std::string& experiment = row->number.experiment;
    text += fmt::format("## {}\n\n    {}\n\n", experiment, command_of(*row));
    std::vector<TableLine> lines;
    std::set<std::string> notes;
    for (; row != table.rows.end() && row->number.experiment == experiment; ++row) {
      const PublishedNumber& number = row->number;
      lines.push_back(line_of(*row));
      if (!number.remark.empty()) notes.insert(fmt::format("- {}: {}", number.task, number.remark));
      if (!row->other_settings.empty()) {
        notes.insert(
            fmt::format("- {} `{}`: runs with {} other settings are left out; --json lists them",
                        number.task, number.learner, row->other_settings.size()));
      }
    }
    text += markdown_table({"task", "learner", "settings", "measure", "paper", "here", "seeds",
                            "step", "verdict", "cost"},
                           std::move(lines));
    for (const std::string& note : notes) text += "\n" + note;
    text += notes.empty() ? "\n" : "\n\n";
  }
  for (const std::string& note : table.notes) text += fmt::format("- {}\n", printable(note));
  return text;
}

std::string to_csv(const PaperTable& table) {
  std::string text =
      "experiment,task,learner,settings,measure,what,published,iqm,low,high,seeds,step,steps,"
      "verdict,command,cost\n";
  for (const PaperRow& row : table.rows) {
    const PublishedNumber& number = row.number;
    std::vector<std::string> cells = {number.experiment,
                                      number.task,
                                      number.learner,
                                      number.settings,
                                      number.measure,
                                      number.what,
                                      fmt::format("{}", number.value)};
    cells.push_back(row.measured ? fmt::format("{:.6g}", *row.measured) : "");
    cells.push_back(row.interval ? fmt::format("{:.6g}", row.interval->low) : "");
    cells.push_back(row.interval ? fmt::format("{:.6g}", row.interval->high) : "");
    cells.push_back(std::to_string(row.seeds.size()));
    cells.push_back(row.values.empty() ? "" : std::to_string(row.step));
    cells.push_back(std::to_string(row.steps));
    for (const std::string& cell : {name_of(row.verdict), row.command, row.cost}) {
      cells.push_back(cell);
    }
    std::ranges::transform(cells, cells.begin(), csv_cell);
    text += fmt::format("{}\n", fmt::join(cells, ","));
  }
  return text;
}

Json to_json(const PaperTable& table) {
  Json rows = Json::array();
  for (const PaperRow& row : table.rows) rows.push_back(to_json(row));
  return {{"rows", rows}, {"notes", table.notes}};
}

}  // namespace seqrl::tools

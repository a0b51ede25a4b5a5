// Prints the table of keys for `seqrl help config`.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/base/wrap.h"
#include "configs/schema/config.h"
#include "configs/schema/values.h"

namespace seqrl {
namespace {

constexpr std::size_t kColumns = 4;
using Cells = std::array<std::string, kColumns>;  // key, default, values, meaning
// The maximum width of each column, and the minimum width of the last.
constexpr std::array<std::size_t, kColumns - 1> kWidest{32, 20, 30};
constexpr std::size_t kNarrowest = 24;

struct Line {
  std::string key;   // of a row, or of the section below a heading: "backbone=mamba"
  std::string kind;  // the kind that the entry belongs to: "backbone=mamba"
  std::string heading;
  Cells cells;
};

class Table {
 public:
  void heading(const std::string& key, const std::string& help) {
    lines_.push_back({key, kind_, fmt::format("{}: {}", key, help), {}});
  }
  void row(Cells cells) { lines_.push_back({cells[0], kind_, "", std::move(cells)}); }
  // The following entries belong to this kind, or to none.
  void begin_kind(const std::string& kind) { kind_ = kind; }

  // Keeps the entries that `prefix` names, and the headings above them.
  void keep(const std::string& prefix) {
    const auto named = [&](const std::string& name) {
      return name.starts_with(prefix) && (name.size() == prefix.size() ||
                                          name[prefix.size()] == '.' || name[prefix.size()] == '=');
    };
    std::vector<std::string> known;
    std::vector<Line> kept;
    const Line* heading = nullptr;
    for (const Line& line : lines_) {
      known.push_back(line.key);
      const bool wanted = named(line.key) || line.kind == prefix;
      if (!line.heading.empty()) heading = wanted ? nullptr : &line;
      if (!wanted) continue;
      if (heading != nullptr) kept.push_back(*std::exchange(heading, nullptr));
      kept.push_back(line);
    }
    SEQRL_REQUIRE(!kept.empty(), "no key {} in a config{}", shown(prefix),
                  nearest_name(prefix, known).empty() ? "; seqrl help config lists them"
                                                      : suggestion(prefix, known));
    lines_ = std::move(kept);
  }

  std::string text(std::size_t width) const {
    const Cells names = {"KEY", "DEFAULT", "VALUES", "MEANING"};
    std::array<std::size_t, kColumns> widths{};
    std::size_t used = 0;
    for (std::size_t column = 0; column + 1 < kColumns; ++column) {
      widths[column] = names[column].size();
      for (const Line& line : lines_) {
        for (const std::string& part : wrap(line.cells[column], kWidest[column])) {
          widths[column] = std::max(widths[column], part.size());
        }
      }
      used += widths[column] + 2;
    }
    const bool columns = used + kNarrowest <= width;
    widths.back() = columns ? width - used : 0;
    std::string text = columns ? in_columns(names, widths) : "";
    for (const Line& line : lines_) {
      if (!line.heading.empty()) {
        text += fmt::format("\n{}\n", fmt::join(wrap(line.heading, width), "\n"));
      } else {
        text += columns ? in_columns(line.cells, widths) : stacked(line.cells, width);
      }
    }
    return text;
  }

 private:
  static std::string in_columns(const Cells& row, const std::array<std::size_t, kColumns>& widths) {
    std::array<std::vector<std::string>, kColumns> cells;
    std::size_t count = 0;
    for (std::size_t column = 0; column < kColumns; ++column) {
      cells[column] = wrap(row[column], widths[column]);
      count = std::max(count, cells[column].size());
    }
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      std::string line;
      for (std::size_t column = 0; column < kColumns; ++column) {
        line += fmt::format("{:<{}}  ", i < cells[column].size() ? cells[column][i] : "",
                            widths[column]);
      }
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
  }

  // For a narrow terminal: the other cells are below the key.
  static std::string stacked(const Cells& row, std::size_t width) {
    std::string text = row[0] + "\n";
    for (const std::string& part : {row[3], fmt::format("{}; default {}", row[2], row[1])}) {
      for (const std::string& line : wrap(part, width - 4)) text += "    " + line + "\n";
    }
    return text;
  }

  std::string kind_;
  std::vector<Line> lines_;
};

void explain(const Fields& fields, const std::string& prefix, Table& table);

// Lists the shared keys once, then for each kind its own keys and different defaults.
void explain_kinds(const Field& field, const std::string& key, Table& table) {
  const KindTable& kinds = field.kinds()->table();
  const std::string prefix = key + ".";
  table.heading(key, field.help);
  table.row({prefix + "kind", field.kinds()->empty() ? "(required)" : field.kinds()->kind(),
             fmt::format("{}", fmt::join(kinds.names(), " | ")),
             fmt::format("determines the other keys; {}=KIND for short", key)});
  const std::unique_ptr<KindOptions> shared_options = kinds.make_shared();
  const Fields shared = shared_options->fields();
  explain(shared, prefix, table);

  for (const KindTable::Kind& kind : kinds.all()) {
    const std::unique_ptr<KindOptions> options = kind.make();
    const Fields own = options->fields().without([&](const Field& option) {
      const Field* same = shared.find(option.name);
      const bool value = option.kinds() == nullptr && option.section == nullptr;
      return same != nullptr && (!value || yaml_value(*same) == yaml_value(option));
    });
    const std::string name = key + "=" + kind.name;
    table.begin_kind(name);
    table.heading(name, kind.help);
    explain(own, prefix, table);
  }
  table.begin_kind("");
}

// Lists single values first, in order, then every section under its heading.
void explain(const Fields& fields, const std::string& prefix, Table& table) {
  for (const Field& field : fields.all()) {
    if (field.section != nullptr || field.kinds() != nullptr) continue;
    table.row({prefix + field.name, field.required() ? "(required)" : yaml_value(field),
               describe_type(field), field.help});
  }
  for (const Field& field : fields.all()) {
    const std::string key = prefix + field.name;
    if (field.kinds() != nullptr) explain_kinds(field, key, table);
    if (field.section != nullptr) {
      table.heading(key, field.help);
      explain(*field.section, key + ".", table);
    }
  }
}

}  // namespace

std::string explain_fields(const Fields& fields, const std::string& prefix, std::size_t width) {
  Table table;
  explain(fields, "", table);
  if (!prefix.empty()) table.keep(prefix);
  return table.text(width);
}

}  // namespace seqrl

// `seqrl help config`: a table of every key.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <sstream>

#include "configs/config.h"
#include "configs/values.h"

namespace seqrl {
namespace {

constexpr std::size_t kColumns = 4;
using Row = std::array<std::string, kColumns>;  // key, default, values, meaning
// The widest that each column may get; the last one fills a line of 110.
constexpr std::array<std::size_t, kColumns - 1> kWidest{32, 20, 30};
constexpr std::size_t kLine = 110;

// `text` in lines of at most `width`, broken at spaces; a longer word has a line of its own.
std::vector<std::string> wrap(const std::string& text, std::size_t width) {
  std::vector<std::string> lines{""};
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const bool fits = lines.back().size() + 1 + word.size() <= width;
    if (!lines.back().empty() && !fits) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

class Table {
 public:
  void heading(const std::string& text) { rows_.push_back({"", "", "", "\n" + text}); }
  void row(Row row) { rows_.push_back(std::move(row)); }

  std::string text() const {
    std::array<std::size_t, kColumns> widths{};
    std::size_t used = 0;
    for (std::size_t column = 0; column + 1 < kColumns; ++column) {
      for (const Row& row : rows_) {
        for (const std::string& line : wrap(row[column], kWidest[column])) {
          widths[column] = std::max(widths[column], line.size());
        }
      }
      used += widths[column] + 2;
    }
    widths.back() = std::max<std::size_t>(30, kLine - std::min(kLine, used));

    std::string text;
    for (const Row& row : rows_) {
      text += row[0].empty() ? row[3] + "\n" : lines_of(row, widths);
    }
    return text;
  }

 private:
  static std::string lines_of(const Row& row, const std::array<std::size_t, kColumns>& widths) {
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

  std::vector<Row> rows_;
};

void explain(const Fields& fields, const std::string& prefix, Table& table);

// What all kinds share once, then what each adds or has another default for.
void explain_kinds(const Field& field, const std::string& key, Table& table) {
  const KindTable& kinds = field.kinds()->table();
  const std::string prefix = key + ".";
  table.heading(fmt::format("{}: {}", key, field.help));
  table.row({prefix + "kind", field.kinds()->empty() ? "(required)" : field.kinds()->kind(),
             fmt::format("{}", fmt::join(kinds.names(), " | ")),
             fmt::format("what reads the other keys; {}=KIND for short", key)});
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
    table.heading(fmt::format("{}={}: {}", key, kind.name, kind.help));
    explain(own, prefix, table);
  }
}

// Single values first in their order, then every section under its heading.
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
      table.heading(fmt::format("{}: {}", key, field.help));
      explain(*field.section, key + ".", table);
    }
  }
}

}  // namespace

std::string explain_fields(const Fields& fields) {
  Table table;
  table.row({"KEY", "DEFAULT", "VALUES", "MEANING"});
  explain(fields, "", table);
  return table.text();
}

}  // namespace seqrl

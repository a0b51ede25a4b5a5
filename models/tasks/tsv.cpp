#include "models/tasks/tsv.h"

#include <fmt/format.h>

#include <vector>

#include "configs/base/error.h"
#include "models/tasks/task.h"

namespace seqrl {

void for_each_tsv_line(const std::filesystem::path& path, std::size_t columns,
                       const std::function<void(const std::string& where,
                                                std::span<const std::string_view> fields)>& visit) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 33;
  const std::string text = read_task_data(path, kMaxBytes);
  std::string_view rest = text;
  std::vector<std::string_view> fields;
  for (std::int64_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    fields.clear();
    for (;;) {
      const std::size_t tab = line.find('\t');
      fields.push_back(line.substr(0, tab));
      if (tab == std::string_view::npos) break;
      line.remove_prefix(tab + 1);
    }
    const std::string where = fmt::format("{}:{}", path.string(), number);
    SEQRL_REQUIRE(fields.size() == columns, "{}: the line has {} columns, expected {}", where,
                  fields.size(), columns);
    visit(where, fields);
  }
}

}  // namespace seqrl

#include "models/tasks/tsv.h"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

struct Lines {
  std::vector<std::string> places;
  std::vector<std::vector<std::string>> fields;

  explicit Lines(const std::filesystem::path& path, std::size_t columns) {
    for_each_tsv_line(path, columns,
                      [this](const std::string& where, std::span<const std::string_view> of_line) {
                        places.push_back(where);
                        fields.emplace_back(of_line.begin(), of_line.end());
                      });
  }
};

}  // namespace

TEST_CASE("TSV lines are split at tabs, with any line ending and without empty lines") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "a.tsv", "a\tb\r\n\n\tc d\n\"e\t\"");
  const Lines lines(folder / "a.tsv", 2);
  CHECK(lines.fields ==
        std::vector<std::vector<std::string>>{{"a", "b"}, {"", "c d"}, {"\"e", "\""}});
  const std::string path = (folder / "a.tsv").string();
  CHECK(lines.places == std::vector<std::string>{path + ":1", path + ":3", path + ":4"});
}

TEST_CASE("a TSV line with a wrong number of columns is an error that names the line") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "a.tsv", "a\tb\nc\n");
  CHECK_THROWS_WITH(Lines(folder / "a.tsv", 2),
                    (folder / "a.tsv").string() + ":2: the line has 1 columns, expected 2");
  CHECK_THROWS_AS(Lines(folder / "b.tsv", 2), Error);
}

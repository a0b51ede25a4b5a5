// Grids: any keys, each with a list of values.
#include <nlohmann/json.hpp>

#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "tests/catch.h"
#include "tools/sweep/grid.h"

using namespace seqrl;
using namespace seqrl::tools;

namespace {

struct Varied {
  Grid grid;
  void fields(Fields& field) { field("grid", grid, "what to vary"); }
};

Grid::Entries read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return read_config_text<Varied>(text, "sweep.yaml", overrides).grid.entries;
}

}  // namespace

TEST_CASE("a grid keeps its values as written, in order") {
  const Grid::Entries grid = read(
      "grid:\n  backbone: [min_gru, mamba]\n  training.lr: [1e-3, 0.010]\n"
      "  training: {clip: [0, \"5\"]}\n  targets: [[1, 2], [3]]\n  seed: 7\n");
  CHECK(grid == Grid::Entries{{"backbone", {"min_gru", "mamba"}},
                              {"training.lr", {"1e-3", "0.010"}},
                              {"training.clip", {"0", "\"5\""}},
                              {"targets", {"[1, 2]", "[3]"}},
                              {"seed", {"7"}}});
}

TEST_CASE("a printed grid reads back unchanged") {
  const std::string text = "grid: {backbone: [a, {kind: b}], training.lr: [1e-3, null]}";
  const std::string printed = print_config(read_config_text<Varied>(text, "sweep.yaml"));
  CHECK(printed == text + "\n");
  CHECK(read(printed) == read(text));
  CHECK(config_json(read_config_text<Varied>(text, "sweep.yaml"))["grid"]["backbone"][1] ==
        "{kind: b}");
}

TEST_CASE("the command line replaces a key of a grid or the whole grid") {
  const std::string text = "grid: {training.lr: [1, 2], seed: [3]}";
  CHECK(read(text, {"grid.training.lr=[4]"}) ==
        Grid::Entries{{"training.lr", {"4"}}, {"seed", {"3"}}});
  CHECK(read(text, {"grid={seed: [5]}"}) == Grid::Entries{{"seed", {"5"}}});
}

TEST_CASE("an invalid grid is rejected with its position") {
  const auto rejection = [](const std::string& text) {
    try {
      read(text);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("(accepted)");
  };
  CHECK(rejection("grid: 3") ==
        "sweep.yaml:1: grid: expected keys, each with a list of values, got '3'");
  CHECK(rejection("grid:\n  seed: []") ==
        "sweep.yaml:2: grid: seed: an empty list; give at least one value");
  CHECK(rejection("grid:\n  seed:") ==
        "sweep.yaml:2: grid: seed: has no value; give a list of values");
  CHECK(rejection("grid:\n  a.b: [1]\n  a: {b: [2]}") == "sweep.yaml:3: grid: a.b: given twice");
}

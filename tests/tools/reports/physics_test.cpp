// Runs evaluated under different MuJoCo physics are marked when listed together.
#include "tools/reports/physics.h"

#include <algorithm>

#include "tests/catch.h"
#include "tests/tools/reports/made_run.h"
#include "tools/reports/html_report.h"
#include "tools/reports/score_table.h"

using namespace seqrl;
using namespace seqrl::tools;
using Catch::Contains;

namespace {

// Replaces each `from` in a file by `to`.
void replace(const std::filesystem::path& file, const std::string& from, const std::string& to) {
  std::string text = read_file(file);
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  write_file_atomically(file, text);
}

// A run in `env`, evaluated under a version of MuJoCo.
void write_run(const std::filesystem::path& folder, const std::string& env, int seed,
               const std::string& version) {
  MadeRun{.dataset = "data/" + env + ".hdf5", .seed = seed}.write(folder);
  replace(folder / "config.yaml", "{kind: hopper}", "{kind: " + env + "}");
  replace(folder / "eval.json", R"("env": "hopper")",
          R"("env": ")" + env + R"(", "mujoco_version": ")" + version + R"(")");
}

ScoreTable physics_table(const TemporaryFolder& folder) {
  return make_table(read_groups({folder.path().string()}), {});
}

bool any_note(const ScoreTable& table, const std::string& part) {
  return std::ranges::any_of(
      table.notes, [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("seeds evaluated under different physics are not averaged, and a note says why",
          "[reports]") {
  const TemporaryFolder folder;
  write_run(folder / "a", "ant", 1, "2.2.2");
  write_run(folder / "b", "ant", 2, "3.17.0");
  write_run(folder / "c", "ant", 3, "4.0.0");
  const ScoreTable table = physics_table(folder);
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].seeds == std::vector<std::string>{"1", "2"});
  CHECK(table.rows[0].variant == "mujoco_physics=2.2");
  CHECK(table.rows[1].seeds == std::vector<std::string>{"3"});
  CHECK(table.rows[1].variant == "mujoco_physics=4.0");
  CHECK(any_note(table, "ant: these runs are not comparable"));
  CHECK(any_note(table, "since 2.2, and since 4.0"));
}

TEST_CASE("MuJoCo versions with the same physics share a row", "[reports]") {
  const TemporaryFolder folder;
  write_run(folder / "a", "hopper", 1, "2.2.2");
  write_run(folder / "b", "hopper", 2, "3.5.0");
  write_run(folder / "c", "hopper", 3, "4.0.0");
  const ScoreTable table = physics_table(folder);
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0].seeds.size() == 3);
  CHECK(table.rows[0].variant.empty());
  CHECK_FALSE(any_note(table, "are not comparable"));
}

TEST_CASE("a report names the physics version unless it is the first", "[reports]") {
  const TemporaryFolder folder;
  write_run(folder / "new", "ant", 1, "4.0.0");
  write_run(folder / "old", "ant", 1, "3.17.0");
  CHECK_THAT(to_html(Report{.runs = {read_run(folder / "new")}}),
             Contains("the robot moves differently than under MuJoCo before 4.0"));
  CHECK_THAT(to_html(Report{.runs = {read_run(folder / "old")}}), !Contains("moves differently"));
}

TEST_CASE("physics are unknown for other environments and without a MuJoCo version", "[reports]") {
  CHECK(physics_of("ant", "4.0.0") == "4.0");
  CHECK(physics_of("ant", "").empty());
  CHECK(physics_of("mjcf", "4.0.0").empty());
  CHECK(physics_of("nobody's", "4.0.0").empty());
  CHECK(physics_of("", "4.0.0").empty());
}

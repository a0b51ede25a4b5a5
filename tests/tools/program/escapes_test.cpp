// Names and file contents cannot control terminals, pages, tables, spreadsheets or gnuplot.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/catch.h"
#include "tests/tools/program/program.h"

namespace {

namespace fs = std::filesystem;

// A colour, a window title, a bell, C1's control sequence, and right-to-left text.
const std::string kActs = "\x1b[31m\x1b]0;x\x07\xC2\x9B\x34\x32m\xE2\x80\xAE";

bool acts(const std::string& text) {
  const bool control = std::ranges::any_of(
      text, [](unsigned char c) { return (c < ' ' && c != '\n' && c != '\t') || c == 0x7F; });
  return control || text.find("\xC2\x9B") != std::string::npos ||
         text.find("\xE2\x80\xAE") != std::string::npos;
}

std::string in_shell(const std::string& text) {
  return "'" + text + "'";
}

}  // namespace

TEST_CASE("control characters in arguments are escaped in the output") {
  const Workspace folder;
  fs::copy(folder / "run", folder / kActs, fs::copy_options::recursive);
  fs::copy(folder / "data.hdf5", folder / (kActs + ".hdf5"));
  const std::string odd = in_shell(kActs);
  for (const std::string& command : {"info " + odd,
                                     "info " + odd + "/config.yaml",
                                     "info " + in_shell(kActs + ".hdf5"),
                                     "info " + odd + " --json",
                                     "eval " + odd + " episodes=1",
                                     "table " + odd,
                                     "info no" + odd,
                                     "train no" + odd,
                                     "train tiny.yaml " + odd + "=1",
                                     "train tiny.yaml output=" + odd,
                                     "train tiny.yaml output=x env=" + odd,
                                     "collect env=hopper policy=" + odd + "x output=y",
                                     "plot no" + odd,
                                     "report " + odd + " figures=[loss]",
                                     "report no" + odd,
                                     "export " + odd + " " + in_shell(kActs + "new"),
                                     "help " + odd,
                                     "list " + odd,
                                     odd,
                                     "train --" + odd,
                                     "check no" + odd,
                                     "sweep no" + odd,
                                     "figure " + odd,
                                     "bench " + odd}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command, "env PATH=/nowhere");
    CHECK(ran.status <= 2);
    CHECK_FALSE(acts(ran.out));
    CHECK_FALSE(acts(ran.err));
  }
  CHECK_FALSE(acts(seqrl::read_file(folder / kActs / "report.html")));
  CHECK_FALSE(acts(seqrl::read_file(folder / (kActs + "new") / "README.md")));
}

TEST_CASE("a malicious run injects nothing into tables, CSV, plots and reports") {
  const TemporaryFolder folder;
  const std::string evil =
      "\"=cmd|' x'!A0 | `x` <script>alert(1)</script> [a](http://b) \\x1b[31m "
      "'\\nsystem \\\"touch pwned\\\"\\n#../\"";
  const auto write = [&](const std::string& name, const std::string& kind, int seed) {
    fs::create_directory(folder / name);
    seqrl::write_file_atomically(
        folder / (name + "/config.yaml"),
        fmt::format("seed: {}\noutput: {}\ntask: {{kind: {}}}\nenv: {{kind: none}}\nagent: {{kind: "
                    "decision_transformer}}\nbackbone: {{kind: {}, dim: {}}}\ntraining: {{steps: "
                    "2}}\n",
                    seed, evil, kind, evil, 8 * seed));
    seqrl::write_file_atomically(
        folder / (name + "/eval.json"),
        R"({"last": {"accuracy": 0.5, "loss": 1, "step": 2}, "best": {"accuracy": 0.5, "step": 2}})");
    seqrl::write_file_atomically(folder / (name + "/metrics.jsonl"),
                                 "{\"step\": 1, \"loss\": 1}\n{\"step\": 2, \"loss\": 0.5}\n");
  };
  write("a", evil, 1);
  write("b", evil, 2);

  const Ran table = seqrl_in(folder, "table a b");
  CHECK(table.status == 0);
  CHECK_FALSE(acts(table.out));
  CHECK(table.out.find("<script") == std::string::npos);
  // Every row has as many cells as the header.
  const auto bars = [](const std::string& line) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      count += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    }
    return count;
  };
  std::istringstream lines(table.out);
  std::string head;
  std::getline(lines, head);
  int rows = 0;
  for (std::string line; std::getline(lines, line) && line.starts_with('|'); ++rows) {
    CHECK(bars(line) == bars(head));
  }
  CHECK(rows == 3);  // the line below the header, and one for each run

  const Ran csv = seqrl_in(folder, "table a b --csv");
  CHECK(csv.status == 0);
  CHECK_FALSE(acts(csv.out));
  CHECK(std::ranges::count(csv.out, '\n') == 3);
  CHECK(csv.out.find("\n=") == std::string::npos);
  CHECK(csv.out.find(",=") == std::string::npos);
  CHECK(csv.out.find("\"=") == std::string::npos);

  const Ran plot = seqrl_in(folder, "plot a b figures=[loss,score] output=plots");
  CHECK(plot.status <= 1);  // gnuplot may be missing
  CHECK_FALSE(acts(plot.out));
  CHECK_FALSE(acts(plot.err));
  for (const auto& entry : fs::directory_iterator(folder / "plots")) {
    CHECK_FALSE(acts(entry.path().string()));
  }
  const Ran report = seqrl_in(folder, "report a figures=[loss,score]");
  CHECK(report.status == 0);
  const std::string page = seqrl::read_file(folder / "a/report.html");
  CHECK_FALSE(acts(page));
  CHECK(page.find("<script>alert") == std::string::npos);
  CHECK_FALSE(fs::exists(folder / "pwned"));
  CHECK_FALSE(acts(seqrl_in(folder, "info a/config.yaml").out));
}

TEST_CASE("names that are not UTF-8 are escaped, and JSON stays valid") {
  const Workspace folder;
  fs::copy(folder / "data.hdf5", folder / "\xFF\xFE.hdf5");
  const Ran text = seqrl_in(folder, "info '\xFF\xFE.hdf5'");
  CHECK(text.status == 0);
  CHECK_THAT(text.out, Catch::Contains("\\xFF\\xFE.hdf5"));
  const Ran json = seqrl_in(folder, "info '\xFF\xFE.hdf5' --json");
  CHECK(json.status == 0);
  CHECK(nlohmann::json::accept(json.out));
}

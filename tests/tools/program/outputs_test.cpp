// The files that commands write next to existing ones.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/tools/program/program.h"

using namespace seqrl;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

const std::string kMinari = "collect env=hopper transitions=50 threads=1 format=minari output=x-v0";
const std::string kLeft = ".x-v0.seqrl-0123456789abcdef.tmp";

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE("collecting a Minari dataset keeps the user's folders and removes temporary ones") {
  const TemporaryFolder folder;
  for (const char* name : {"x-v0.part", "x-v0.replaced", "x-v0.tmp"}) {
    make_folder(folder / name);
    write_file_atomically(folder / name / "notes", "precious");
  }
  make_folder(folder / kLeft / "data");  // as a killed process leaves it
  CHECK(seqrl_in(folder, kMinari).status == 0);
  CHECK(seqrl_in(folder, kMinari).status == 2);
  CHECK(seqrl_in(folder, kMinari + " seed=1 overwrite=true").status == 0);
  CHECK(names_in(folder.path()) == std::vector<std::string>{"err.txt", "out.txt", "x-v0",
                                                            "x-v0.part", "x-v0.replaced",
                                                            "x-v0.tmp"});
  for (const char* name : {"x-v0.part", "x-v0.replaced", "x-v0.tmp"}) {
    CHECK(read_file(folder / name / "notes") == "precious");
  }
  CHECK_THAT(read_file(folder / "x-v0/data/metadata.json"), Contains("\"seed\": 1"));
}

TEST_CASE("of several processes that collect one dataset, at least one writes it completely") {
  const TemporaryFolder folder;
  for (const std::string& settings : {kMinari, kMinari + " overwrite=true"}) {
    std::string script = "cd '" + folder.path().string() + "'\n";
    for (int i = 0; i < 4; ++i) {
      script += "('" SEQRL_PROGRAM "' " + settings + " seed=" + std::to_string(i) + " 2>err" +
                std::to_string(i) + "; echo $? >status" + std::to_string(i) + ") >/dev/null &\n";
    }
    REQUIRE(std::system((script + "wait").c_str()) == 0);
    int done = 0;
    for (int i = 0; i < 4; ++i) {
      const std::string status = read_file(folder / ("status" + std::to_string(i)));
      const std::string err = read_file(folder / ("err" + std::to_string(i)));
      done += status == "0\n" ? 1 : 0;
      INFO(err);
      CHECK((status == "0\n" || (status == "2\n" && is_one_line(err) &&
                                 err.find("exists already") != std::string::npos)));
    }
    CHECK(done >= 1);
    CHECK(seqrl_in(folder, "info x-v0").status == 0);
    for (const std::string& name : names_in(folder.path())) CHECK_THAT(name, !Contains(".tmp"));
  }
}

TEST_CASE("the log of a run is not written through a symbolic link") {
  const Workspace folder;
  write_file_atomically(folder / "precious", "precious");
  fs::remove(folder / "run/log.txt");
  fs::create_symlink(folder / "precious", folder / "run/log.txt");
  const Ran ran = seqrl_in(folder, "train --resume run training.steps=8");
  CHECK(ran.status == 2);
  CHECK(is_one_line(ran.err));
  CHECK_THAT(ran.err, Contains("run/log.txt: is a symbolic link"));
  CHECK(read_file(folder / "precious") == "precious");
  fs::remove(folder / "run/log.txt");
  CHECK(seqrl_in(folder, "train --resume run training.steps=8").status == 0);
}

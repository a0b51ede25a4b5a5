// Images are written completely or not at all, whatever goes wrong on disk or in the program that
// makes them.
#include <filesystem>
#include <string>
#include <vector>

#include "tests/tools/program/program.h"
#include "tools/media.h"

using namespace seqrl;
using namespace seqrl::tools;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

// Checks that every image below a folder is complete, and that no temporary files remain.
void check_pictures(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    CHECK(!name.ends_with(".tmp"));
    if (name.ends_with(".svg")) CHECK(is_whole_svg(read_file(entry.path())));
    if (name.ends_with(".png")) CHECK(is_whole_png(read_file(entry.path())));
    if (name.ends_with(".mp4")) CHECK(is_whole_mp4(read_file(entry.path())));
  }
}

// The error of `command`: one line, after notes and progress.
std::string failure(const TemporaryFolder& folder, const std::string& command,
                    const std::string& before) {
  const Ran ran = seqrl_in(folder, command, before);
  INFO(command << ": " << ran.err);
  CHECK(ran.status == 1);
  const std::string line = ran.err.substr(ran.err.rfind("\nseqrl: ") + 1);
  CHECK(line.starts_with("seqrl: "));
  CHECK(is_one_line(line));
  check_pictures(folder.path());
  return line;
}

// A program of that name, first in PATH, that reads its input, writes `output` and exits with 0.
std::string in_path(const TemporaryFolder& folder, const std::string& program,
                    const std::string& output) {
  make_folder(folder / "fake");
  const fs::path path = folder / "fake" / program;
  write_file_atomically(path, "#!/bin/sh\ncat >/dev/null\nprintf '" + output + "'\n");
  fs::permissions(path, fs::perms::owner_all);
  return "PATH=\"$PWD/fake:$PATH\"";
}

bool can_run(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace

TEST_CASE("truncated output of gnuplot or ffmpeg is a failure despite exit status 0") {
  const Workspace folder;
  for (const char* cut : {"", "<?xml version=\"1.0\"?>\\n<svg>\\n<path"}) {
    const std::string before = in_path(folder, "gnuplot", cut);
    CHECK_THAT(failure(folder, "plot run figures=[loss]", before),
               Contains("run/plots/data-loss.svg: its output is incomplete"));
    CHECK(!fs::exists(folder / "run/plots/data-loss.svg"));
  }
  const std::string before = in_path(folder, "ffmpeg", "\\0\\0\\0\\040ftypisom");
  failure(folder, "render run width=64 height=48", before);
  CHECK(!fs::exists(folder / "run/video.mp4"));
}

TEST_CASE("on a full disk, existing images are kept and no partial ones are written") {
  const Workspace folder;
  if (can_run("gnuplot")) {
    REQUIRE(seqrl_in(folder, "plot run figures=[loss]").status == 0);
    const std::string whole = read_file(folder / "run/plots/data-loss.svg");
    for (const int blocks : {1, 4, 8}) {  // of 512 bytes: less than the SVG, less than the PNG
      const std::string before = "ulimit -f " + std::to_string(blocks) + ";";
      failure(folder, "plot run figures=[loss]", before);
      failure(folder, "plot run figures=[loss] output=new", before);
      CHECK(read_file(folder / "run/plots/data-loss.svg") == whole);
    }
  }
  if (seqrl_in(folder, "render run width=64 height=48").status == 0) {
    const std::string whole = read_file(folder / "run/video.mp4");
    failure(folder, "render run width=64 height=48", "ulimit -f 2;");
    CHECK(read_file(folder / "run/video.mp4") == whole);
  }
  failure(folder, "export run exported", "ulimit -f 8;");
  CHECK(!fs::exists(folder / "exported"));
  failure(folder, "report run figures=[loss]", "ulimit -f 1;");
  CHECK(!fs::exists(folder / "run/report.html"));
}

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "configs/base/errno_text.h"
#include "configs/base/error.h"
#include "configs/base/text.h"
#include "tools/commands/commands.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

struct TrackCommand {
  std::vector<std::string> runs;
  std::string to, project, every, python;
  bool live = false;
};

// The trackers are Python packages, so our Python package (tools/python) does the work. Nothing is
// imported from the working directory.
constexpr const char* kStart = R"(
import sys
sys.path[:] = [path for path in sys.path if path]
try:
    from seqrl.__main__ import main
except ImportError as error:
    sys.exit(print(f"seqrl: track needs the Python package seqrl, which {sys.executable} cannot import ({error}); "
                   "pip install ./tools/python from a clone, or name a Python that has it with --python",
                   file=sys.stderr) or 2)
sys.exit(main())
)";

// The places of the package relative to the program: in a build, or as installed by cmake
// --install.
std::vector<fs::path> package_folders(const fs::path& program) {
  std::vector<fs::path> folders = {program / "python"};
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(program.parent_path() / "lib", ignored)) {
    if (entry.path().filename().string().starts_with("python3")) {
      folders.push_back(entry.path() / "site-packages");
    }
  }
  std::erase_if(folders, [&](const fs::path& folder) {
    return !fs::exists(folder / "seqrl" / "__main__.py", ignored);
  });
  return folders;
}

int run_track(const TrackCommand& command) {
  std::error_code unknown;
  const fs::path program = fs::read_symlink("/proc/self/exe", unknown).parent_path();
  std::string path;
  for (const fs::path& folder : package_folders(program)) path += folder.string() + ":";
  const char* before = std::getenv("PYTHONPATH");
  if (before != nullptr) path += before;
  if (!path.empty()) ::setenv("PYTHONPATH", path.c_str(), 1);

  // Python of the virtual environment that contains this program, or of the shell.
  std::string python = command.python;
  if (python.empty()) {
    const fs::path beside = program / "python3";
    python = fs::exists(beside, unknown) ? beside.string() : "python3";
  }
  std::vector<std::string> arguments = {python, "-c", kStart, "track", "--to=" + command.to};
  if (!command.project.empty()) arguments.push_back("--project=" + command.project);
  if (!command.every.empty()) arguments.push_back("--every=" + command.every);
  if (command.live) arguments.emplace_back("--live");
  arguments.insert(arguments.end(), command.runs.begin(), command.runs.end());
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execvp(python.c_str(), pointers.data());
  SEQRL_REQUIRE(errno != ENOENT && errno != EACCES,
                "track needs Python: no program {}; name one that has the package seqrl with "
                "--python",
                shown(python));
  fail("cannot start {}: {}", python, errno_text(errno));
}

}  // namespace

Command track_command() {
  const auto given = std::make_shared<TrackCommand>();
  return {
      .name = "track",
      .help = "send runs to Weights & Biases, MLflow, Trackio or CSV",
      .arguments = {required("RUN...", &given->runs, "runs, folders of runs or patterns"),
                    {.name = "--to",
                     .target = &given->to,
                     .help = "wandb, mlflow or trackio (Python packages), or csv",
                     .value_name = "TRACKER",
                     .is_required = true},
                    {"--project", &given->project,
                     "project or experiment of the tracker; default: seqrl", "NAME"},
                    {"--live", &given->live, "continue until no run is being trained"},
                    {"--every", &given->every, "with --live, the time between updates; default: 5",
                     "SECONDS"},
                    {"--python", &given->python,
                     "a Python with the seqrl package and the tracker's; default: the one beside "
                     "the program, or python3",
                     "PYTHON"}},
      .examples = {"seqrl track runs/hopper-min_gru-1 --to csv",
                   "WANDB_MODE=offline seqrl track runs --to wandb --project hopper",
                   "seqrl track --live runs/hopper-min_gru-1 --to mlflow"},
      .run = [given] { return run_track(*given); },
  };
}

}  // namespace seqrl::tools

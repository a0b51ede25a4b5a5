#include "agents/datasets/minari_python.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "configs/base/errno_text.h"
#include "configs/base/error.h"
#include "configs/base/text.h"

extern char** environ;

namespace seqrl {
namespace {

constexpr const char* kConvert = R"(
import sys
import h5py
import numpy
from minari.dataset.minari_storage import MinariStorage

def write(group, name, value):
    if isinstance(value, dict):
        for key, part in value.items():
            write(group, f"{name}/{key}", part)
    elif isinstance(value, tuple):
        for i, part in enumerate(value):
            write(group, f"{name}/_index_{i}", part)
    else:
        array = numpy.asarray(value)
        if array.dtype.kind in "fiub":
            group.create_dataset(name, data=array)

storage = MinariStorage.read(sys.argv[1])
with h5py.File(sys.argv[2], "w") as file:
    for i, episode in enumerate(storage.get_episodes(range(storage.total_episodes))):
        group = file.create_group(f"episode_{i}")
        for name in ("observations", "actions", "rewards", "terminations", "truncations"):
            write(group, name, episode[name])
)";

constexpr const char* kDownload = R"(
import sys
import minari
minari.download_dataset(sys.argv[1])
)";

// The last line written to a file in memory: for a traceback, the exception.
std::string last_line(int file) {
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, ::lseek(file, 0, SEEK_END))), '\0');
  const ssize_t read = ::pread(file, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, read)));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return one_line(text.substr(text.rfind('\n') + 1));
}

// Runs a Python program to its end; its output is read if it fails.
void run(const std::string& python, const char* program, std::vector<std::string> arguments,
         const std::string& task) {
  const int output = ::memfd_create("seqrl python", MFD_CLOEXEC);
  if (output < 0) fail("cannot start {}: {}", python, errno_text(errno));
  arguments.insert(arguments.begin(), {python, "-c", program});
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  for (const int stream : {1, 2}) ::posix_spawn_file_actions_adddup2(&files, output, stream);
  pid_t child = -1;
  const int error =
      ::posix_spawnp(&child, python.c_str(), &files, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  int status = 0;
  while (error == 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const std::string said = last_line(output);
  ::close(output);
  SEQRL_REQUIRE(error == 0, "dataset.python: cannot start {}: {}", shown(python),
                errno_text(error));
  SEQRL_REQUIRE(status == 0, "{} failed to {}: {}{}", python, task,
                said.empty() ? "no output" : said,
                said.starts_with("ModuleNotFoundError") || said.starts_with("ImportError")
                    ? R"(; pip install "minari[all]" into it, or name another, dataset.python=…)"
                    : "");
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "seqrl-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) fail("cannot create {}: {}", name, errno_text(errno));
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void convert_minari(const std::filesystem::path& data_folder, const std::filesystem::path& file,
                    const std::string& python) {
  run(python, kConvert, {data_folder.string(), file.string()},
      "convert the Minari dataset " + data_folder.string());
}

void download_minari(const std::string& id, const std::string& python) {
  run(python, kDownload, {id}, "download the Minari dataset " + id);
}

}  // namespace seqrl

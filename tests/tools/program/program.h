// Runs the program in a test.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "configs/base/files.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

struct Ran {
  int status;
  std::string out, err;
};

// Runs `seqrl ARGUMENTS` in `folder`; `before` may set limits on it.
inline Ran seqrl_in(const TemporaryFolder& folder, const std::string& arguments,
                    const std::string& before = "") {
  const std::string command = "cd '" + folder.path().string() + "' && " + before + " '" +
                              SEQRL_PROGRAM + "' >out.txt 2>err.txt </dev/null " + arguments;
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, seqrl::read_file(folder / "out.txt"),
          seqrl::read_file(folder / "err.txt")};
}

inline bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

inline const std::string kTinyRun =
    "backbone.dim=16 backbone.layers=1 training.batch=4 training.shards=2 "
    "training.context=4 training.warmup=2 training.log_every=2 evaluation.episodes=2 "
    "evaluation.targets=[100] ";

// A folder with a dataset, a config and a finished run.
struct Workspace : TemporaryFolder {
  Workspace() {
    REQUIRE(seqrl_in(*this, "collect env=hopper transitions=400 output=data.hdf5").status == 0);
    seqrl::write_file_atomically(
        *this / "tiny.yaml", "env: hopper\ndevice: cpu\ndataset: {path: data.hdf5}\noutput: run\n");
    REQUIRE(seqrl_in(*this, "train tiny.yaml training.steps=6 " + kTinyRun).status == 0);
  }
};

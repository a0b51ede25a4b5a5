#include "tests/faults/scenario.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <time.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/process.h"

namespace fs = std::filesystem;
using seqrl::read_file;

namespace {

const std::string kCollect = "collect env=hopper transitions=100 output=data.hdf5";
const std::string kTrain = "train tiny.yaml";
const std::string kSac = "train sac.yaml";
const std::string kResume = "train --resume run training.steps=4";

// Written before a scenario's commands run.
void write_configs(const fs::path& folder) {
  const std::string training =
      "training: {batch: 4, shards: 1, context: 4, warmup: 1, threads: 1, ";
  seqrl::write_file_atomically(
      folder / "tiny.yaml",
      "env: hopper\ndevice: cpu\ndataset: {path: data.hdf5}\noutput: run\n"
      "backbone: {dim: 8, layers: 1}\n" +
          training +
          "steps: 4, log_every: 1, checkpoint_every: 2}\n"
          "evaluation: {every: 2, episodes: 1, mode: [window], targets: [100], keep: true}\n");
  seqrl::write_file_atomically(
      folder / "sac.yaml",
      "env: hopper\ndevice: cpu\noutput: run\n"
      "agent: {kind: sac, dim: 8, layers: 1, batch: 4, random_steps: 4, replay: 40}\n" +
          std::string("training: {steps: 12, shards: 1, threads: 1, log_every: 3, ") +
          "checkpoint_every: 4}\nevaluation: {every: 6, episodes: 1}\n");
  seqrl::write_file_atomically(
      folder / "sweep.yaml",
      "config: tiny.yaml\nsettings: [training.steps=2]\ngrid: {backbone: [min_gru, gru]}\n"
      "output: 'out/{backbone}'\n");
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

void replace_by_copy(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = {
      {"train", {kCollect}, kTrain, {"train --resume run", kTrain}},
      {"sac", {}, kSac, {"train --resume run", kSac}},
      {"resume", {kCollect, kTrain + " training.steps=2"}, kResume, {kResume}},
      {"resume sac",
       {kSac + " training.steps=6"},
       "train --resume run training.steps=12",
       {"train --resume run training.steps=12"}},
      {"collect", {}, kCollect, {kCollect}},
      {"collect minari",
       {},
       "collect env=hopper transitions=100 format=minari output=sets/tiny-v0",
       {"collect env=hopper transitions=100 format=minari output=sets/tiny-v0"}},
      {"export", {kCollect, kTrain}, "export run share", {"export run share"}},
      {"eval", {kCollect, kTrain}, "eval run --json", {"eval run --json"}},
      {"report", {kCollect, kTrain}, "report run", {"report run"}},
      {"plot",
       {kCollect, kTrain},
       "plot run figures=[loss,score] output=plots",
       {"plot run figures=[loss,score] output=plots"}},
      {"sweep", {kCollect}, "sweep sweep.yaml", {"sweep sweep.yaml"}},
  };
  return all;
}

Stage::Stage(const Scenario& scenario)
    : scenario_(scenario),
      work_(folder_ / "work"),
      prepared_(folder_ / "prepared"),
      state_(folder_ / "state") {
  fs::create_directory(work_);
  write_configs(work_);
  const auto succeed = [&](const std::string& command, const std::string& environment) {
    Ended ended = run(command, environment);
    SEQRL_REQUIRE(ended.status == 0, "{}: {}", command, ended.err);
    return ended;
  };
  for (const std::string& command : scenario.prepare) succeed(command, "");
  replace_by_copy(work_, prepared_);
  const auto began = std::chrono::steady_clock::now();
  succeed(scenario.command, "");
  seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  reference_ = contents_of(work_);
  reset();
  operations_ = run_with_fault("count", 0).fault.operations;
  SEQRL_REQUIRE(difference_now().empty(), "{}: two runs differ: {}", scenario.name,
                difference_now());
}

void Stage::reset() const {
  replace_by_copy(prepared_, work_);
}

std::string Stage::difference_now() const {
  return difference(reference_, contents_of(work_));
}

Ended Stage::run(const std::string& arguments, const std::string& environment) const {
  const fs::path out = folder_ / "out.txt", err = folder_ / "err.txt";
  const std::string command =
      fmt::format("cd '{}' && {} '{}' {} >'{}' 2>'{}' </dev/null", work_.string(), environment,
                  SEQRL_PROGRAM, arguments, out.string(), err.string());
  const int status = std::system(command.c_str());
  return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = read_file(out),
          .err = read_file(err)};
}

Ended Stage::run_with_fault(const std::string& kind, long n) const {
  seqrl::write_file_atomically(state_, std::string(sizeof(FaultState), '\0'));
  Ended ended =
      run(scenario_.command, fmt::format("SEQRL_FAULT_FOLDER='{}' SEQRL_FAULT_STATE='{}' "
                                         "SEQRL_FAULT_KIND={} SEQRL_FAULT_AT={} LD_PRELOAD='{}'",
                                         work_.string(), state_.string(), kind, n, SEQRL_INJECT));
  const std::string bytes = read_file(state_);
  std::memcpy(&ended.fault, bytes.data(), sizeof ended.fault);
  return ended;
}

bool Stage::kill_after(const std::string& arguments, double seconds) const {
  fs::current_path(work_);
  std::vector<std::string> command = {SEQRL_PROGRAM};
  for (std::string& word : words(arguments)) command.push_back(std::move(word));
  seqrl::Process process(command, {});
  const timespec time = {static_cast<time_t>(seconds),
                         static_cast<long>((seconds - std::floor(seconds)) * 1e9)};
  ::nanosleep(&time, nullptr);
  const bool running = !process.poll();
  process.signal(SIGKILL);
  process.wait();
  return running;
}

std::string Stage::recover() const {
  std::string said;
  for (const std::string& command : scenario_.again) {
    const Ended ended = run(command, "");
    if (ended.status == 0) return difference_now();
    said += fmt::format("'{}' then exits with {}: {}; ", command, ended.status,
                        ended.err.substr(0, ended.err.find('\n')));
  }
  // Existing files are not created again.
  const std::string difference = difference_now();
  return difference.empty() ? "" : said + difference;
}

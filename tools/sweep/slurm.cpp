#include "tools/sweep/slurm.h"

#include <algorithm>
#include <optional>
#include <span>
#include <sstream>
#include <string_view>

#include "configs/base/environment.h"
#include "configs/base/error.h"
#include "configs/base/process.h"
#include "configs/base/shell.h"
#include "envs/assets.h"

namespace seqrl::tools {

std::span<const Asset> slurm_scripts();  // tools/examples/slurm/*.sbatch

namespace {

constexpr std::int64_t kMaxTasks = 1000;
constexpr std::string_view kOption = "#SBATCH --";

std::string_view shipped_script() {
  for (const Asset& asset : slurm_scripts()) {
    if (asset.name == "sweep.sbatch") return asset.text;
  }
  fail_internal_check("the script of a sweep", __FILE__, __LINE__);
}

}  // namespace

SlurmArray SlurmArray::of(const Sweep& sweep, const std::string& path,
                          const std::vector<std::string>& overrides) {
  SlurmArray array{.sweep = path, .overrides = overrides};
  std::erase_if(array.overrides, [](const auto& text) { return text.starts_with("jobs="); });
  const std::int64_t left = std::ranges::count_if(
      sweep.runs, [](const SweepRun& run) { return run.state != SweepRun::State::done; });
  const std::int64_t wanted = sweep.config.jobs > 1 ? sweep.config.jobs : kMaxTasks;
  array.tasks = std::min(left, wanted);
  for (const SweepRun& run : sweep.runs) array.processors = std::max(array.processors, run.threads);
  return array;
}

std::string SlurmArray::script(const std::string& program) const {
  std::string arguments = shell_quoted(sweep);
  for (const std::string& text : overrides) arguments += " " + shell_quoted(text);
  std::istringstream lines{std::string(shipped_script())};
  std::string script;
  bool in_options = false;
  for (std::string line; std::getline(lines, line);) {
    const auto sets = [&](std::string_view option) {
      return line.starts_with(std::string(kOption) + std::string(option) + "=");
    };
    const bool is_option = line.starts_with(kOption);
    if (in_options && !is_option) {
      script += fmt::format("\nSEQRL={}\nset -- {}\n", shell_quoted(program), arguments);
    }
    in_options = is_option;
    if (sets("array")) line = fmt::format("{}array=1-{}", kOption, tasks);
    if (sets("cpus-per-task") && processors > 0) {
      line = fmt::format("{}cpus-per-task={}", kOption, processors);
    }
    script += line + "\n";
  }
  return script;
}

std::string submit_to_slurm(const std::string& script) {
  Process sbatch({"sbatch", "--parsable"}, {.feed = true, .capture = true}, "slurm-client");
  sbatch.write(script);
  const int status = sbatch.wait();
  if (status != 0) fail("sbatch rejected the job: {}", sbatch.last_error());
  std::string job = sbatch.captured();  // "123", or "123;cluster"
  return job.substr(0, job.find_first_of(";\n"));
}

double part_of_slurm_array() {
  const auto task = number_in_environment<std::int64_t>("SLURM_ARRAY_TASK_ID"),
             first = number_in_environment<std::int64_t>("SLURM_ARRAY_TASK_MIN"),
             count = number_in_environment<std::int64_t>("SLURM_ARRAY_TASK_COUNT");
  if (!task || !first || !count || *count < 1) return 0;
  return std::clamp(static_cast<double>(*task - *first) / static_cast<double>(*count), 0.0, 1.0);
}

int processors_of_slurm_task() {
  return static_cast<int>(std::clamp<std::int64_t>(
      number_in_environment<std::int64_t>("SLURM_CPUS_PER_TASK").value_or(0), 0, 1 << 16));
}

}  // namespace seqrl::tools

#include "tools/reports/run_folder.h"

#include <glob.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "agents/config/run_config.h"
#include "agents/config/run_files.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "envs/mjcf/mjcf_options.h"
#include "models/core/safetensors.h"
#include "tools/reports/physics.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double number_or_none(const Json& value) {
  return value.is_number() ? value.get<double>() : kNone;
}

// "3600", as in the names in metrics.jsonl.
std::string target_text(const Json& target) {
  return target.is_number() ? fmt::format("/{}", target.get<double>()) : "";
}

void add_numbers(const Json& object, const std::string& prefix, std::vector<Measure>& measures) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) add_numbers(value, prefix + key + "/", measures);
    const bool incidental =
        key == "step" || key == "steps_per_second" || key == "validation_episodes";
    if (value.is_number() && !incidental) measures.push_back({prefix + key, value.get<double>()});
  }
}

std::vector<MetricLine> read_metrics(const fs::path& path) {
  std::vector<MetricLine> lines;
  if (!fs::exists(path)) return lines;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    // A run in training may have written only part of a line.
    if (!json.is_object() || !json.value("step", nlohmann::json()).is_number_integer()) continue;
    MetricLine& read = lines.emplace_back();
    read.step = json.at("step").get<std::int64_t>();
    for (const auto& [name, value] : json.items()) {
      if (name != "step" && value.is_number()) read.values[name] = value.get<double>();
    }
  }
  return lines;
}

std::string machine_text(const nlohmann::json& machine) {
  const auto text = [&](const char* key) { return machine.value(key, std::string()); };
  const std::string model = text("gpu").empty() ? "a GPU" : text("gpu");
  const std::string gpu = text("device") == "cuda" ? model + ", " : "";
  return fmt::format("{}{}, {} of {} processors, {}", gpu, text("processor"),
                     machine.value("threads", 0), machine.value("processors", 0),
                     text("instructions"));
}

// The lines of timing.jsonl; those of earlier versions have no machine.
void read_timing(const fs::path& path, RunFolder& run) {
  if (!fs::exists(path)) return;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) continue;
    const auto seconds = json.value("seconds", nlohmann::json());
    if (seconds.is_number()) run.seconds = seconds.get<double>();
    const auto machine = json.value("machine", nlohmann::json());
    if (!machine.is_object()) continue;
    try {
      const std::string text = machine_text(machine);
      if (std::ranges::find(run.machines, text) == run.machines.end()) run.machines.push_back(text);
    } catch (const nlohmann::json::type_error&) {
      continue;  // written by another program
    }
  }
}

// Returns the MuJoCo version of the last evaluation, "" if there is none.
std::string read_evaluations(const fs::path& path, RunFolder& run) {
  std::string mujoco;
  if (!fs::exists(path)) return mujoco;
  const Json json = Json::parse(read_file(path), nullptr, false);
  SEQRL_REQUIRE(json.is_object(), "{}: not a JSON object; the run is damaged", path.string());
  const auto read = [&](const char* which, std::vector<Measure>& measures, std::int64_t& step) {
    const auto found = json.find(which);
    if (found == json.end() || !found->is_object()) return;
    measures = measures_of(*found);
    const auto at = found->find("step");
    if (at != found->end() && at->is_number_integer()) step = at->get<std::int64_t>();
    const auto version = found->find("mujoco_version");
    if (mujoco.empty() && version != found->end() && version->is_string()) mujoco = *version;
  };
  read("last", run.last, run.last_step);
  read("best", run.best, run.best_step);
  const Json earlier = json.value("earlier_best", Json());
  if (earlier.is_array() && !earlier.empty() && earlier.back().is_object()) {
    const Json until = earlier.back().value("until", Json());
    if (until.is_number_integer()) run.remeasured_step = until.get<std::int64_t>();
  }
  const Json speed = json.value("training_steps_per_second", Json());
  if (speed.is_number()) run.steps_per_second = speed.get<double>();
  return mujoco;
}

DataFacts facts_of(const Json& json) {
  if (!json.is_object()) return {};
  const auto text = [&](const char* key) {
    const Json value = json.value(key, Json());
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  DataFacts facts{
      .env = "", .layout = text("layout"), .stated_env = text("stated_env"), .id = text("id")};
  const Json transitions = json.value("transitions", Json());
  if (transitions.is_number_integer()) facts.transitions = transitions.get<std::int64_t>();
  const Json mean = json.value("return_mean", Json());
  if (mean.is_number()) facts.return_mean = mean.get<double>();
  return facts;
}

// A run's last checkpoint; for an exported folder, the last or only one.
fs::path last_checkpoint(const RunFiles& files) {
  for (const fs::path& path : {files.last(), files.exported_last()}) {
    if (fs::exists(path)) return path;
  }
  return files.exported_model();
}

void read_checkpoint(const fs::path& path, RunFolder& run) {
  if (!fs::exists(path)) return;
  const SafetensorsReader file(path);
  std::int64_t parameters = 0;
  for (const StoredTensor& tensor : file.tensors()) {
    if (!tensor.name.starts_with("model.")) continue;
    std::int64_t size = 1;
    for (const std::int64_t dim : tensor.dims) size *= dim;
    parameters += size;
  }
  run.parameters = parameters;
  const auto metadata = [&](const char* name) {
    const auto found = file.metadata().find(name);
    return found == file.metadata().end() ? std::string() : found->second;
  };
  const std::string evaluated = metadata("evaluated");
  std::from_chars(evaluated.data(), evaluated.data() + evaluated.size(), run.evaluated);
  run.dataset = metadata("dataset");
  run.data_facts = facts_of(Json::parse(metadata("dataset_facts"), nullptr, false));
  run.dataset_fingerprint = metadata("dataset_fingerprint");
  run.mujoco_version = metadata("mujoco_version");
}

bool is_run(const fs::path& folder) {
  std::error_code unreadable;
  return fs::is_regular_file(RunFiles(folder).config(), unreadable);
}

void add_runs_below(const fs::path& folder, std::vector<fs::path>& runs) {
  std::vector<fs::path> found;
  for (auto entry =
           fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied);
       entry != fs::recursive_directory_iterator(); ++entry) {
    if (!entry->is_directory() || !is_run(entry->path())) continue;
    found.push_back(entry->path());
    entry.disable_recursion_pending();
  }
  std::ranges::sort(found);
  runs.insert(runs.end(), found.begin(), found.end());
}

std::vector<std::string> expand(const std::string& argument) {
  if (fs::exists(argument)) return {argument};
  glob_t matches;
  std::vector<std::string> paths;
  if (::glob(argument.c_str(), 0, nullptr, &matches) == 0) {
    paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  }
  ::globfree(&matches);
  return paths;
}

}  // namespace

std::int64_t integer_or_zero(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::vector<Measure> measures_of(const Json& evaluation) {
  std::vector<Measure> measures;
  const auto targets = evaluation.find("targets");
  if (targets != evaluation.end() && targets->is_array()) {
    for (const Json& target : *targets) {
      if (!target.is_object()) continue;
      const Json mode = target.value("mode", Json("episodes"));
      if (!mode.is_string()) continue;  // written by another program
      const std::string prefix =
          mode.get<std::string>() + target_text(target.value("target", Json()));
      for (const auto& [key, value] : target.items()) {
        constexpr std::string_view kMean = "_mean";
        if (!key.ends_with(kMean)) continue;
        const std::string what = key.substr(0, key.size() - kMean.size());
        const double std = number_or_none(target.value(what + "_std", Json()));
        measures.push_back(
            {prefix + "/" + what, number_or_none(value),
             std::isfinite(std) ? std::optional(std) : std::nullopt,
             integer_or_zero(target, "episodes") - integer_or_zero(target, "invalid")});
      }
    }
  }
  add_numbers(evaluation, "", measures);
  return measures;
}

std::string main_measure(const std::vector<Measure>& measures) {
  for (const char* what : {"score", "minari_score", "return"}) {
    const auto is_it = [&](const Measure& measure) { return measure.what() == what; };
    const auto first = std::ranges::find_if(measures, is_it);
    // If a score is missing everywhere, D4RL does not define it.
    const bool known = std::ranges::any_of(measures, [&](const Measure& measure) {
      return is_it(measure) && std::isfinite(measure.value);
    });
    if (known) return first->name;
  }
  return measures.empty() ? "" : measures.front().name;
}

double value_of(const std::vector<Measure>& measures, const std::string& name) {
  const auto found = std::ranges::find(measures, name, &Measure::name);
  return found == measures.end() ? kNone : found->value;
}

std::string RunFolder::setting(const std::string& key) const {
  const auto found = settings.find(key);
  return found == settings.end() ? "" : found->second;
}

std::string RunFolder::kind(const std::string& section) const {
  const std::string kind = setting(section + ".kind");
  return kind == RunConfig::kNone ? "" : kind;
}

std::string RunFolder::task() const {
  const std::string task = kind("task");
  const char* file = task == "characters" ? "task.data" : "dataset.path";
  if (task.empty() && !data_facts.id.empty()) return data_facts.id;
  std::string data, rest = setting(file);
  while (!rest.empty()) {  // several files: "a.hdf5, b.hdf5"
    const std::size_t end = std::min(rest.find(", "), rest.size());
    data += (data.empty() ? "" : "+") + fs::path(rest.substr(0, end)).stem().string();
    rest.erase(0, end + 2);
  }
  if (!data.empty()) return data;
  return task.empty() ? environment() : task;
}

std::optional<std::int64_t> RunFolder::answers() const {
  const double answers = value_of(last, "answers");
  if (!std::isfinite(answers)) return std::nullopt;
  return static_cast<std::int64_t>(answers);
}

std::string RunFolder::environment() const {
  // Another kind of environment may use these key names with another meaning.
  const bool described = kind("env") == "mjcf";
  return described ? mjcf_title(setting("env.name"), setting("env.model")) : kind("env");
}

std::string RunFolder::learner() const {
  const bool reads_sequences = !kind("task").empty() || agent_kind(kind("agent")).reads_sequences;
  return reads_sequences ? kind("backbone") : kind("agent");
}

bool RunFolder::learns_from_acting() const {
  return kind("task").empty() && !agent_kind(kind("agent")).learns_from_data;
}

RunFolder read_run(const fs::path& folder) {
  register_builtin_agents();
  const RunFiles files(folder);
  RunFolder run;
  run.path = folder;
  run.settings = settings_of(read_config_file(files.config()), files.config().string());
  run.metrics = read_metrics(files.metrics());
  read_timing(files.timing(), run);
  const std::string evaluated_under = read_evaluations(files.evaluation(), run);
  read_checkpoint(last_checkpoint(files), run);
  run.physics =
      physics_of(run.kind("env"), evaluated_under.empty() ? run.mujoco_version : evaluated_under);
  run.data_facts.env = run.kind("env");
  return run;
}

std::vector<fs::path> find_runs(const std::vector<std::string>& arguments) {
  std::vector<fs::path> runs;
  for (const std::string& argument : arguments) {
    const std::size_t before = runs.size();
    for (const std::string& path : expand(argument)) {
      if (is_run(path)) {
        runs.emplace_back(path);
      } else if (fs::is_directory(path)) {
        add_runs_below(path, runs);
      }
    }
    SEQRL_REQUIRE(runs.size() > before,
                  "{}: no run (a folder with config.yaml) found there or below it",
                  shown(argument));
  }
  std::vector<fs::path> once;
  for (const fs::path& run : runs) {
    const auto same = [&](const fs::path& other) { return fs::equivalent(run, other); };
    if (std::ranges::none_of(once, same)) once.push_back(run);
  }
  return once;
}

}  // namespace seqrl::tools

#include "agents/runs/training_run.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>

#include "agents/learning/env_of_run.h"
#include "agents/learning/learner_kind.h"
#include "agents/runs/run_changes.h"
#include "agents/runs/run_checkpoint.h"
#include "agents/runs/run_machine.h"
#include "agents/runs/run_name.h"
#include "agents/runs/run_start.h"
#include "agents/runs/same_on_ranks.h"
#include "configs/base/files.h"
#include "configs/base/json.h"
#include "configs/base/printable.h"
#include "configs/base/staging.h"
#include "configs/base/stopwatch.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "envs/env_notes.h"
#include "envs/mujoco/mujoco_model.h"
#include "envs/mujoco/physics.h"
#include "envs/registry.h"
#include "models/ops/instruction_set.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

// The hooks on a command line. Hooks in a run's own config are not executed.
HooksConfig hooks_of(const std::vector<std::string>& overrides) {
  struct Named {
    HooksConfig hooks;
    void fields(Fields& field) { field("hooks", hooks, ""); }
  };
  std::vector<std::string> named;
  std::ranges::copy_if(overrides, std::back_inserter(named), [](const std::string& text) {
    return text.starts_with("hooks.") || text.starts_with("hooks=");
  });
  return read_config_text<Named>("{}", "hooks", named).hooks;
}

// The simulator of the environment, and its version.
std::string simulator_of(const EnvSection& env) {
  if (!env.shared().is_batched()) return fmt::format("MuJoCo {}", mujoco_version());
  return make_env(env)->versions();
}

// The config as text for config.yaml. An Error of kind user if it cannot be read back unchanged,
// for example because of bytes in a path that are not text.
std::string checked_yaml(const RunConfig& config) {
  const std::string yaml = print_config(config);
  const auto again = read_config_text<RunConfig>(yaml, "config.yaml, as it would be");
  SEQRL_REQUIRE(print_config(again) == yaml, "this config cannot be written as YAML: {}",
                one_line(yaml));
  return yaml;
}

// Waits, for at most a second, until another process has written which run it starts in a folder.
void wait_for_config(const fs::path& folder) {
  for (int i = 0; i < 100 && !config_in(folder, true); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

// The events of a run as a rank calls them.
RunEvents events_of(const Communicator& ranks, const RunEvents& events) {
  return ranks.is_first() ? events : RunEvents{.stop = events.stop};
}

// Starts a run in config.output or, if that is not given, in a folder that no other run has;
// `notes` then names it.
std::unique_ptr<RunStart> start_run(RunConfig& config, std::vector<std::string>& notes) {
  const bool named = !config.output.empty();
  choose_env(config, notes);
  config.resolve();
  const auto start = [&config] {
    return std::make_unique<RunStart>(config.output, checked_yaml(config), resume_command(config));
  };
  if (named) return start();
  const std::string usual = config.output;
  for (std::set<std::string> held;;) {
    config.output = distinct_folder(usual, checked_yaml(config), held);
    try {
      auto started = start();
      if (config.output != usual) {
        notes.push_back(
            fmt::format("{} holds another run; this one is in {}", usual, config.output));
      }
      return started;
    } catch (const RunLocked&) {
      // Possibly by the run of another config: its start will show that in a moment.
      if (!held.insert(config.output).second) throw;
      wait_for_config(config.output);
    }
  }
}

// For an evaluation's first target; "" if there is none.
std::string first_return(const nlohmann::ordered_json& evaluation) {
  const auto targets = evaluation.find("targets");
  if (targets == evaluation.end() || !targets->is_array() || targets->empty()) return "";
  const auto mean = targets->front().find("return_mean");
  const bool known = mean != targets->front().end() && mean->is_number();
  return known ? fmt::format("{:.12g}", mean->get<double>()) : "";
}

}  // namespace

TrainingRun::TrainingRun(fs::path folder, RunConfig config)
    : files_(std::move(folder)),
      config_(std::move(config)),
      pool_(std::make_unique<ThreadPool>(config_.training.threads > 0 ? config_.training.threads
                                                                      : config_.ranks->threads())) {
}

TrainingRun TrainingRun::begin(RunConfig config, Communicator& ranks) {
  config.ranks = &ranks;
  return begin(std::move(config), [](const RunConfig& resolved, ThreadPool& pool) {
    return learner_kind(resolved).make(resolved, pool);
  });
}

TrainingRun TrainingRun::begin(RunConfig config, Trajectories data) {
  SEQRL_REQUIRE(learns_from_data(config), "{} does not learn from recorded experience",
                config.trains_task() ? config.task.kind() : config.agent.kind());
  SEQRL_REQUIRE(config.dataset.path.empty(),
                "dataset.path is '{}', but the program provides its own data; leave the key out",
                config.dataset.path);
  std::vector<std::string> notes;
  choose_env(config, data, notes);
  return begin(
      std::move(config),
      [&](const RunConfig& resolved, ThreadPool& pool) {
        return learner_kind(resolved).make(resolved, std::move(data), pool);
      },
      std::move(notes));
}

TrainingRun TrainingRun::begin(RunConfig config, const MakeLearner& make,
                               std::vector<std::string> notes) {
  config.device = name_of(learning_device(config));  // wherever it continues
  if (config.device == name_of(Device::cuda) && config.training.gpu_shards == 0 &&
      !config.ranks->is_alone()) {
    config.training.gpu_shards = config.ranks->ranks();  // fixed, for any later number of ranks
  }
  // The folder is locked first: the next steps may take minutes.
  require_same_config(config);
  const std::unique_ptr<RunStart> start =
      config.ranks->is_first() ? start_run(config, notes) : join_start(config);
  config.output = config.ranks->text_of_first(config.output);
  const fs::path folder = config.output;
  require_memory(config);

  // The learner, with its data; values that follow from the data are added to the config.
  TrainingRun run(folder, std::move(config));
  run.allowed_hooks_ = run.config_.hooks;
  run.notes_ = std::move(notes);
  if (const auto line = learner_kind(run.config_).caution(run.config_)) run.notes_.push_back(*line);
  run.learner_ = make(run.config_, *run.pool_);
  run.learner_->resolve(run.config_);
  std::ranges::copy(run.learner_->notes(), std::back_inserter(run.notes_));
  std::ranges::copy(gpu_notes(run.config_), std::back_inserter(run.notes_));
  run.progress_.source = run.learner_->source();
  run.progress_.data_facts = run.learner_->data_facts();
  require_same_data(*run.learner_, run.ranks());

  // The first checkpoint, then config.yaml: from then on the run exists.
  run.learner_->begin(folder);
  if (run.writes()) {
    run.metrics_ =
        std::make_unique<MetricsLog>(folder, LogPosition{}, machine_of(run.config_, *run.pool_));
  }
  run.save("last");
  if (!run.writes()) return run;
  start->set_config(checked_yaml(run.config_));
  run.lock_ = start->commit();
  return run;
}

TrainingRun TrainingRun::resume(const fs::path& folder, const std::vector<std::string>& overrides,
                                Communicator& ranks) {
  require_run(folder);
  for (const std::string& text : overrides) {
    SEQRL_REQUIRE(!text.starts_with("output="), "'{}': a resumed run stays in its folder, {}", text,
                  folder.string());
  }
  const RunFiles files(folder);
  auto lock = ranks.is_first() ? std::make_unique<RunLock>(folder) : nullptr;
  ranks.wait_for_all();
  require_run(folder);  // it may have changed before the lock was taken

  // Compares the config with its overrides to the config of the checkpoint.
  const CheckpointReader checkpoint(find_checkpoint(folder));
  auto config = read_config<RunConfig>(files.config(), overrides);  // loads the given plugins
  const RunConfig saved = read_run_config(checkpoint);
  SEQRL_REQUIRE(
      !learns_from_data(saved) || !saved.dataset.path.empty(),
      "{}: it was trained from a program's own data, which is in no file, so it cannot be "
      "resumed",
      folder.string());
  config.dataset.trusted = std::ranges::any_of(
      overrides, [](const std::string& text) { return text.starts_with("dataset.python="); });
  config.resolve();
  config.resumed_from = find_checkpoint(folder);
  config.ranks = &ranks;
  require_same_learning(folder, config, saved);
  const std::string yaml = checked_yaml(config);
  learning_device(config);  // rejects an unavailable device
  require_memory(config);
  require_same_config(config);
  ranks.require_same(
      "checkpoint",
      fmt::format("{} steps, checksum {}", checkpoint.number<std::int64_t>("step"),
                  checkpoint.has_text("checksum") ? checkpoint.text("checksum") : ""),
      "a run's folder must be the same for all ranks");
  TrainingRun run(folder, std::move(config));
  run.allow_hooks(hooks_of(overrides));
  run.progress_ = read_run_progress(checkpoint);
  SEQRL_REQUIRE(run.config_.training.steps >= run.step(),
                "{}: {} steps are done already; training.steps={} is fewer", folder.string(),
                run.step(), run.config_.training.steps);
  run.begin_ranking(saved);

  // The learner in the state of the checkpoint.
  run.learner_ = learner_kind(run.config_).make(run.config_, *run.pool_);
  std::ranges::copy(run.learner_->notes(), std::back_inserter(run.notes_));
  if (const auto line = other_gpu_note(run.config_, checkpoint)) run.notes_.push_back(*line);
  std::ranges::copy(gpu_notes(run.config_), std::back_inserter(run.notes_));
  run.progress_.source = run.learner_->source();
  run.progress_.data_facts = run.learner_->data_facts();
  require_same_data(*run.learner_, ranks);
  run.learner_->begin(folder);
  run.learner_->load(checkpoint);
  ranks.wait_for_all();
  if (!run.writes()) return run;

  // Nothing is written until it is certain that the run continues.
  if (yaml != read_file(files.config())) write_file_atomically(files.config(), yaml);
  remove_part(folder);
  for (const fs::path& in : {folder, files.checkpoints(), files.policies()}) {
    remove_stale_staging(in, true);
  }
  run.metrics_ =
      std::make_unique<MetricsLog>(folder, run.progress_.logs, machine_of(run.config_, *run.pool_));
  run.lock_ = std::move(lock);
  return run;
}

void TrainingRun::allow_hooks(HooksConfig named) {
  allowed_hooks_ = std::move(named);
  allowed_hooks_.timeout = config_.hooks.timeout;
  if (!config_.hooks.any() || allowed_hooks_.any()) return;
  RunConfig config = config_;
  config.output = folder().string();  // its current location
  notes_.push_back("its hooks are not run because only a file names them; if you trust it: " +
                   resume_command(config));
}

void TrainingRun::say(const RunEvents& events, const std::string& line) {
  if (!writes()) return;
  OutputFile log(files_.log(), OutputFile::Mode::append);
  log.write(fmt::format("{:%Y-%m-%d %H:%M:%S} {}\n", fmt::localtime(std::time(nullptr)), line));
  if (events.on_message) events.on_message(line);
}

bool TrainingRun::is_finished() const {
  return step() >= config_.training.steps && progress_.evaluated == step() &&
         fs::exists(files_.evaluation());
}

// Called before a file of the run is changed. For a file that is built first, the check comes right
// before it is renamed: the successor of a lost owner deletes that owner's temporary files.
void TrainingRun::require_lock() const {
  if (lock_) lock_->require_in_place();  // none while starting
}

void TrainingRun::save(const std::string& name) {
  if (const auto broken = learner_->broken_parameter()) {
    fail("training stopped at step {}: a weight is {}; the last good checkpoint is {}; {}", step(),
         *broken, files_.last().string(), learner_kind(config_).remedy(config_));
  }
  if (writes()) {
    require_lock();
    metrics_->sync();
    progress_.logs = metrics_->position(step());
  }
  CheckpointWriter checkpoint;
  add_run(checkpoint, config_, progress_);
  learner_->save(checkpoint);
  if (!writes()) return;
  checkpoint.write(files_.checkpoints() / (name + ".safetensors"), [this] { require_lock(); });
}

void TrainingRun::keep_weights() {
  if (!writes()) return;
  make_folder(files_.policies());
  progress_.logs = metrics_->position(step());
  CheckpointWriter checkpoint;
  add_run(checkpoint, config_, progress_);
  learner_->save_weights(checkpoint);
  checkpoint.write(files_.policies() / fmt::format("{}.safetensors", step()),
                   [this] { require_lock(); });
}

void TrainingRun::require_finite(const StepResult& result) {
  if (result.finite()) return;
  const std::string line = fmt::format(
      "training stopped at step {}: the loss is {} and the gradient's norm {}; the last good "
      "checkpoint is {}; {}",
      result.step, result.loss, result.gradient_norm, files_.last().string(),
      learner_kind(config_).remedy(config_));
  say({}, line);
  fail("{}", line);
}

void TrainingRun::save_last() {
  require_finite(learner_->wait());
  if (!writes()) return save("last");
  require_lock();
  const fs::path last = files_.last(), previous = files_.previous();
  // A hard link keeps the old file under both names until the new one is complete.
  std::error_code error;
  fs::remove(previous, error);
  if (!error) fs::create_hard_link(last, previous, error);
  // Not every file system supports hard links.
  if (error == std::errc::io_error || error == std::errc::no_space_on_device) {
    fail("cannot keep {} as {}: {}", last.string(), previous.string(), error.message());
  }
  save("last");
  tell("checkpoint_saved");
}

bool TrainingRun::evaluate_now(const RunEvents& events) {
  const ProgressMonitor monitor{.stop = events.stop, .advanced = events.on_evaluation};
  std::optional<EvaluationReport> report = learner_->evaluate(monitor);
  monitor.advance({.fraction = 1});
  if (!report) return false;
  report->json["step"] = step();
  if (writes()) {
    require_lock();
    metrics_->append(step(), report->metrics);
  }
  progress_.evaluated = step();
  progress_.last_evaluation = report->json.dump();
  const bool best = progress_.best_evaluation.empty() || report->ranking > progress_.best_ranking;
  if (best) {
    if (writes() && progress_.best_evaluation.empty()) keep_earlier_best();
    progress_.best_evaluation = progress_.last_evaluation;
    progress_.best_ranking = report->ranking;
    save("best");
  }
  if (config_.evaluation.keep) keep_weights();
  if (!writes()) return true;
  nlohmann::ordered_json file = nlohmann::ordered_json::parse(eval_json());
  if (report->steps_per_second > 0) file["steps_per_second"] = report->steps_per_second;
  if (timed_steps_ > 0) {
    file["training_steps_per_second"] = static_cast<double>(timed_steps_) / training_seconds_;
  }
  write_file_atomically(files_.evaluation(), [&](OutputFile& scores) {
    scores.write(indented(file));
    scores.sync();
    require_lock();
  });
  say(events, fmt::format("evaluation after {} steps{}: {}", step(), best ? " (best so far)" : "",
                          report->text));
  hooks_->set("score", fmt::format("{:.12g}", report->ranking));
  hooks_->set("return", first_return(report->json));
  tell("evaluated");
  if (events.on_evaluated) events.on_evaluated(step(), progress_.last_evaluation);
  return true;
}

void TrainingRun::tell(const std::string& event) {
  if (!writes()) return;
  hooks_->set("step", std::to_string(step()));
  hooks_->tell(event);
}

bool TrainingRun::run(const RunEvents& events) {
  hooks_ = std::make_unique<RunHooks>(allowed_hooks_, folder(),
                                      [&](const std::string& line) { say(events, line); });
  hooks_->set("steps", std::to_string(config_.training.steps));
  hooks_->set("checkpoint", files_.last().string());
  try {
    tell("started");
    const bool finished = train(events);
    tell(finished ? "finished" : "stopped");
    hooks_->finish();
    return finished;
  } catch (const std::exception& error) {
    hooks_->set("error", one_line(error.what()));
    try {
      tell("failed");
      hooks_->finish();
    } catch (const Error&) {  // the log failed: the error that ended the run matters more
    }
    throw;
  }
}

bool TrainingRun::stops(const RunEvents& events) const {
  return ranks().any(events.stop && events.stop());
}

bool TrainingRun::train(const RunEvents& given) {
  const RunEvents events = events_of(ranks(), given);
  const TrainingConfig& training = config_.training;
  // The first lines of the log.
  const std::string simulator = config_.has_env() ? "; " + simulator_of(config_.env) : "";
  say(events,
      fmt::format(
          "{} steps from {}, {}, {} parameters, {}{}{} threads ({}); {}{}", training.steps, step(),
          learner_name(config_), parameters(),
          ranks().is_alone() ? "" : fmt::format("{} ranks, of which rank 0 has ", ranks().ranks()),
          learning_device(config_) == Device::cuda
              ? fmt::format("a GPU ({}) and ", runtime_of(Device::cuda).description())
              : "",
          pool_->threads(), instruction_set(), printable(progress_.source), simulator));
  for (const std::string& note : notes_) say(events, printable(note));
  if (config_.has_env()) {
    const auto moved = physics_note(*make_env(config_.env));
    if (moved) say(events, printable(*moved));
  }
  // The run may have been killed between its checkpoint and eval.json.
  const fs::path scores = files_.evaluation();
  if (writes() && progress_.evaluated >= 0 && !fs::exists(scores))
    write_file_atomically(scores, eval_json());
  const auto due = [&] {
    return step() > 0 && progress_.evaluated != step() &&
           (step() % config_.evaluation.every == 0 || step() == training.steps);
  };
  // Stopped during an evaluation, or resumed with more steps: first finish what is due.
  if (due()) {
    if (!evaluate_now(events)) return false;
    save_last();
  }

  while (step() < training.steps) {
    if (stops(events)) {
      save_last();
      return false;
    }
    // One step. Its result is waited for only if something reads it.
    const std::int64_t next = step() + 1;
    const bool log_due = next % training.log_every == 0;
    const bool pauses = log_due || next == training.steps || next % config_.evaluation.every == 0 ||
                        next % training.checkpoint_every == 0;
    const Stopwatch watch;
    StepResult result = learner_->step(step());
    if (pauses) result = learner_->wait();
    training_seconds_ += watch.seconds();
    ++timed_steps_;
    require_finite(result);
    ++progress_.step;

    // Then what is due: a line of metrics, an evaluation, a checkpoint.
    if (log_due) {
      const std::vector<Metric> metrics = learner_->take_metrics();
      if (writes()) {
        require_lock();
        metrics_->append(step(), metrics);
      }
      for (const std::string& note : take_env_notes()) say(events, "note: " + note);
    }
    if (events.on_step) events.on_step(step(), result.loss);
    hooks_->advance();
    if (due()) {
      save_last();  // an evaluation that fails must not lose the training
      const bool evaluated = evaluate_now(events);
      save_last();
      if (!evaluated) return false;
    } else if (step() % training.checkpoint_every == 0) {
      save_last();
    }
  }
  say(events, fmt::format("done; the run is in {}", printable(folder().string())));
  return true;
}

}  // namespace seqrl

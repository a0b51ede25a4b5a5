#include "agents/training_run.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "agents/datasets/load.h"
#include "agents/registry.h"
#include "configs/base/files.h"
#include "configs/config.h"
#include "envs/mujoco_model.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

Trajectories load_data(const RunConfig& config) {
  LoadOptions options;
  options.keep_cut_episodes = config.dataset.keep_cut_episodes;
  return load_dataset(config.dataset.path, options);
}

Problem make_problem(const RunConfig& config, const Trajectories& data) {
  const std::unique_ptr<Env> env = make_env(config.env.kind());
  SEQRL_REQUIRE(
      env->observation_space().dim() == data.observation_dim() &&
          env->action_space().dim() == data.action_dim(),
      "{}: observations of {} numbers and actions of {}, but {} has {} and {}; set env to "
      "the environment of the dataset",
      config.dataset.path, data.observation_dim(), data.action_dim(), config.env.kind(),
      env->observation_space().dim(), env->action_space().dim());
  std::int64_t longest = env->max_episode_steps();
  for (const Episode& episode : data.episodes()) longest = std::max(longest, episode.length);
  return {.observation_dim = data.observation_dim(),
          .action_dim = data.action_dim(),
          .context = config.training.context,
          .max_episode_steps = longest,
          .dropout = config.training.dropout,
          .observation_mean = {data.observation_mean().begin(), data.observation_mean().end()},
          .observation_std = {data.observation_std().begin(), data.observation_std().end()}};
}

void require_device(const std::string& device) {
  SEQRL_REQUIRE(
      device != "cuda",
      "device: cuda is not available: this seqrl was built without CUDA; use device: cpu");
}

TrainerOptions trainer_options(const RunConfig& config) {
  const TrainingConfig& t = config.training;
  return {.seed = config.seed,
          .batch = t.batch,
          .shards = t.shards,
          .lr = t.lr,
          .warmup = t.warmup,
          .adamw = {.weight_decay = t.weight_decay, .clip = t.clip}};
}

// What a resumed run may change: how long and where it runs, and how it is measured.
bool may_change(const std::string& key) {
  return key == "output" || key == "device" || key == "training.steps" ||
         key == "training.threads" || key == "training.checkpoint_every" ||
         key.starts_with("evaluation.");
}

// Rejects a config that would learn something else than the checkpoint did, naming the key.
void require_same_learning(const fs::path& folder, const RunConfig& now, const RunConfig& saved) {
  const auto flat = [](const RunConfig& config) {
    return nlohmann::json(config_json(config)).flatten();
  };
  const nlohmann::json a = flat(now), b = flat(saved);
  for (const auto& [pointer, value] : a.items()) {
    std::string key = pointer.substr(1);
    std::ranges::replace(key, '/', '.');
    const bool same = b.contains(pointer) && b[pointer] == value;
    SEQRL_REQUIRE(same || may_change(key),
                  "{}: {} is {}, but the run was trained with {}; a resumed run may change "
                  "training.steps, training.threads, training.checkpoint_every, evaluation.* and "
                  "device; for anything else start a new run",
                  folder.string(), key, value.dump(),
                  b.contains(pointer) ? b[pointer].dump() : "something else");
  }
}

bool measures_differently(const EvaluationConfig& a, const EvaluationConfig& b) {
  return a.targets.empty() != b.targets.empty() ||
         (!a.targets.empty() && a.targets[0] != b.targets[0]) || a.mode[0] != b.mode[0] ||
         a.episodes != b.episodes || a.seed != b.seed;
}

// The agent of a run's last checkpoint; where that is damaged, the message says what else there is.
TrainedAgent load_last(const fs::path& checkpoint) {
  try {
    return load_agent(checkpoint);
  } catch (const Error& error) {
    const fs::path previous = checkpoint.parent_path() / "previous.safetensors";
    if (!fs::exists(previous)) throw;
    throw Error(error.kind(), fmt::format("{}; to go on from the one before it, copy {} over it",
                                          error.what(), previous.string()));
  }
}

nlohmann::ordered_json parsed_or_null(const std::string& json) {
  return json.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json::parse(json);
}

}  // namespace

WindowObjective::WindowObjective(const Agent& agent, const Trajectories& data,
                                 const RunConfig& config)
    : agent_(agent),
      sampler_(data, config.training.context, agent.return_scale(), config.seed),
      batch_(sampler_.make_batch(config.training.batch)) {}

void WindowObjective::begin_step(std::int64_t step) {
  step_ = step;
  std::int64_t timesteps = 0;
  for (std::int64_t row = 0; row < batch_.batch; ++row) {
    timesteps += sampler_.window(static_cast<std::uint64_t>(step), row).length;
  }
  timesteps_ = static_cast<double>(timesteps);
}

Tensor WindowObjective::loss(Tape& tape, const Shard& shard) {
  sampler_.fill(static_cast<std::uint64_t>(step_), shard.first, shard.last, batch_);
  return agent_.loss(tape, batch_, shard, timesteps_);
}

RunLock::RunLock(const fs::path& folder)
    : file_(::open((folder / "config.yaml").c_str(), O_RDONLY | O_CLOEXEC)) {
  if (file_ >= 0 && ::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    ::close(file_);
    reject("{}: another process is training this run", folder.string());
  }
}

RunLock::~RunLock() {
  if (file_ >= 0) ::close(file_);
}

TrainingRun::TrainingRun(fs::path folder, TrainedAgent trained, Trajectories data)
    : folder_(std::move(folder)),
      trained_(std::move(trained)),
      data_(std::make_unique<Trajectories>(std::move(data))),
      pool_(std::make_unique<ThreadPool>(trained_.config.training.threads)),
      objective_(std::make_unique<WindowObjective>(*trained_.agent, *data_, trained_.config)),
      trainer_(std::make_unique<Trainer>(*trained_.parameters, *objective_,
                                         trainer_options(trained_.config), *pool_)) {}

TrainingRun TrainingRun::begin(RunConfig config) {
  require_device(config.device);
  config.resolve();
  const fs::path folder = config.output;
  SEQRL_REQUIRE(!fs::exists(folder / "config.yaml"),
                "{}: there is a run in it already; resume it with 'seqrl train --resume {}', or "
                "choose another folder with output=…",
                folder.string(), folder.string());
  SEQRL_REQUIRE(!config.dataset.path.empty(),
                "dataset.path: which dataset? give it as dataset.path=FILE");
  Trajectories data = load_data(config);
  TrainedAgent trained = make_trained_agent(config, make_problem(config, data));
  trained.progress.dataset_fingerprint = data.fingerprint();
  trained.progress.dataset = fmt::format("{}: {} episodes, {} transitions", config.dataset.path,
                                         data.episodes().size(), data.transitions());

  std::error_code error;
  fs::create_directories(folder / "checkpoints", error);
  if (error) fail("cannot make the run's folder {}: {}", folder.string(), error.message());
  write_file_atomically(folder / "config.yaml", print_config(config));
  TrainingRun run(folder, std::move(trained), std::move(data));
  run.lock_ = std::make_unique<RunLock>(folder);
  run.metrics_ = std::make_unique<MetricsLog>(folder);
  return run;
}

TrainingRun TrainingRun::resume(const fs::path& folder, const std::vector<std::string>& overrides) {
  SEQRL_REQUIRE(fs::is_directory(folder), "{}: no such run's folder", folder.string());
  const fs::path checkpoint = find_checkpoint(folder);
  TrainedAgent trained = load_last(checkpoint);
  auto config = read_config<RunConfig>(folder / "config.yaml", overrides);
  config.output = folder.string();
  config.resolve();
  require_same_learning(folder, config, trained.config);
  require_device(config.device);
  SEQRL_REQUIRE(config.training.steps >= trained.progress.step,
                "{}: {} steps are done already; training.steps={} is fewer", folder.string(),
                trained.progress.step, config.training.steps);
  if (measures_differently(config.evaluation, trained.config.evaluation)) {
    trained.progress.best_evaluation.clear();  // what was best by another measure
  }
  trained.config = config;

  Trajectories data = load_data(config);
  SEQRL_REQUIRE(data.fingerprint() == trained.progress.dataset_fingerprint,
                "{}: the dataset is not the one this run was trained on ({}); put that file back, "
                "or start a new run",
                config.dataset.path, trained.progress.dataset);
  TrainingRun run(folder, std::move(trained), std::move(data));
  load_optimizer(checkpoint, *run.trained_.parameters, run.trainer_->optimizer());
  run.lock_ = std::make_unique<RunLock>(folder);
  write_file_atomically(folder / "config.yaml", print_config(config));
  run.lock_ = std::make_unique<RunLock>(folder);
  run.metrics_ = std::make_unique<MetricsLog>(folder, run.step());
  return run;
}

void TrainingRun::say(const RunEvents& events, const std::string& line) {
  OutputFile log(folder_ / "log.txt", OutputFile::Mode::append);
  log.write(fmt::format("{:%Y-%m-%d %H:%M:%S} {}\n", fmt::localtime(std::time(nullptr)), line));
  if (events.said) events.said(line);
}

void TrainingRun::save(const std::string& name) {
  for (float weight : trained_.parameters->flat().span<float>()) {
    if (!std::isfinite(weight)) {
      fail(
          "training stopped at step {}: a weight is {}; the last good checkpoint is {}; try a "
          "lower "
          "training.lr or training.clip",
          trained_.progress.step, weight, (folder_ / "checkpoints" / "last.safetensors").string());
    }
  }
  save_checkpoint(folder_ / "checkpoints" / (name + ".safetensors"), trained_,
                  trainer_->optimizer());
}

void TrainingRun::save_last() {
  metrics_->sync();
  const fs::path last = folder_ / "checkpoints" / "last.safetensors";
  const fs::path previous = folder_ / "checkpoints" / "previous.safetensors";
  // A hard link keeps the old file under both names until the new one is whole.
  std::error_code ignored;
  fs::remove(previous, ignored);
  fs::create_hard_link(last, previous, ignored);
  save("last");
}

std::string TrainingRun::eval_json() const {
  const RunProgress& progress = trained_.progress;
  nlohmann::ordered_json json = parsed_or_null(progress.last_evaluation);
  if (json.is_null()) json = nlohmann::ordered_json::object();
  json["last"] = parsed_or_null(progress.last_evaluation);
  json["best"] = parsed_or_null(progress.best_evaluation);
  return json.dump(2) + "\n";
}

bool TrainingRun::evaluate_now(const RunEvents& events) {
  const RunConfig& config = trained_.config;
  RunProgress& progress = trained_.progress;
  EvaluationOptions options = evaluation_options(config);
  options.stop = events.stop;
  const PackedWeights weights(*trained_.parameters, false);
  const auto evaluation = evaluate(*trained_.agent, weights, options, *pool_);
  if (!evaluation) return false;

  nlohmann::ordered_json json = to_json(*evaluation);
  json["step"] = progress.step;
  std::vector<Metric> metrics;
  for (const TargetResult& result : evaluation->targets) {
    const std::string prefix = fmt::format("eval/{}{}", name_of(result.mode),
                                           result.target ? fmt::format("/{}", *result.target) : "");
    if (result.return_mean) metrics.push_back({prefix + "/return", *result.return_mean});
    if (result.score_mean) metrics.push_back({prefix + "/score", *result.score_mean});
    if (result.length_mean) metrics.push_back({prefix + "/length", *result.length_mean});
  }
  metrics_->append(progress.step, metrics);
  progress.evaluated = progress.step;
  // How fast it went differs from run to run: checkpoints hold what does not.
  json.erase("steps_per_second");
  progress.last_evaluation = json.dump();
  const bool best =
      progress.best_evaluation.empty() || evaluation->ranking() > progress.best_ranking;
  if (best) {
    progress.best_evaluation = progress.last_evaluation;
    progress.best_ranking = evaluation->ranking();
    save("best");
  }
  nlohmann::ordered_json file = nlohmann::ordered_json::parse(eval_json());
  file["steps_per_second"] = evaluation->steps_per_second;
  write_file_atomically(folder_ / "eval.json", file.dump(2) + "\n");
  say(events, fmt::format("evaluation after {} steps{}: {}", progress.step,
                          best ? " (best so far)" : "", to_text(*evaluation)));
  return true;
}

bool TrainingRun::run(const RunEvents& events) {
  const TrainingConfig& training = trained_.config.training;
  RunProgress& progress = trained_.progress;
  say(events, fmt::format("{} steps from {}, {}, {} parameters, {} threads; {}; MuJoCo {}",
                          training.steps, progress.step, learner_name(trained_.config),
                          parameters(), pool_->threads(), progress.dataset, mujoco_version()));
  const auto due = [&] {
    return progress.step > 0 && progress.evaluated != progress.step &&
           (progress.step % trained_.config.evaluation.every == 0 ||
            progress.step == training.steps);
  };
  // Stopped while it was evaluating, or resumed with more steps: first what was left.
  if (progress.step == 0) save_last();  // so that whatever happens, there is a run to go on with
  if (due()) {
    if (!evaluate_now(events)) return false;
    save_last();
  }

  while (progress.step < training.steps) {
    if (events.stop && events.stop()) {
      save_last();
      return false;
    }
    const Trainer::StepResult result = trainer_->step(progress.step);
    if (!std::isfinite(result.loss) || !std::isfinite(result.gradient_norm)) {
      const std::string line = fmt::format(
          "training stopped at step {}: the loss is {} and the gradient's norm {}; the last good "
          "checkpoint is {}; try a lower training.lr or training.clip",
          progress.step, result.loss, result.gradient_norm,
          (folder_ / "checkpoints" / "last.safetensors").string());
      say({}, line);
      fail("{}", line);
    }
    ++progress.step;
    progress.loss_sum += result.loss;
    if (progress.step % training.log_every == 0) {
      metrics_->append(progress.step,
                       {{"loss", progress.loss_sum / static_cast<double>(training.log_every)},
                        {"gradient_norm", result.gradient_norm},
                        {"lr", result.lr}});
      progress.loss_sum = 0;
    }
    if (events.stepped) events.stepped(progress.step, result.loss);
    if (due()) {
      save_last();  // an evaluation that fails must not cost what was learned
      const bool evaluated = evaluate_now(events);
      save_last();
      if (!evaluated) return false;
    } else if (progress.step % training.checkpoint_every == 0) {
      save_last();
    }
  }
  say(events, fmt::format("done; the run is in {}", folder_.string()));
  return true;
}

}  // namespace seqrl

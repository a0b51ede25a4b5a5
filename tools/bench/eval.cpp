// An evaluation beside the bare simulation of the same steps.
#include "agents/evaluator.h"
#include "envs/registry.h"
#include "tools/bench/bench.h"
#include "tools/bench/hardware.h"

namespace seqrl::bench {
namespace {

// Plays the same actions without a policy: what MuJoCo alone costs. `steps` are shared out over the
// threads as an evaluation shares out its episodes.
double bare_seconds(const std::string& name, std::int64_t steps, ThreadPool& pool) {
  const double begin = now();
  pool.run(pool.threads(), [&](int lane) {
    const auto env = make_env(name);
    std::vector<double> observation(static_cast<std::size_t>(env->observation_space().dim()));
    std::vector<double> action(static_cast<std::size_t>(env->action_space().dim()), 0.0);
    Random random(0, Purpose::test, 0, static_cast<std::uint32_t>(lane));
    bool done = true;
    const std::int64_t mine = steps * (lane + 1) / pool.threads() - steps * lane / pool.threads();
    for (std::int64_t step = 0; step < mine; ++step) {
      if (done) env->reset(random.below(1ull << 53), observation);
      for (double& a : action) a = random.uniform(-1, 1);
      done = env->step(action, observation).done();
    }
  });
  return now() - begin;
}

}  // namespace

nlohmann::ordered_json bench_eval(const Settings& given) {
  // checkpoint=RUN measures a trained agent, whose episodes are long; otherwise an untrained one.
  Settings settings;
  std::string checkpoint;
  for (const std::string& text : given) {
    if (text.starts_with("checkpoint=")) {
      checkpoint = text.substr(std::string("checkpoint=").size());
    } else {
      settings.push_back(text);
    }
  }
  RunConfig config = bench_config(settings);
  const TrainedAgent trained = checkpoint.empty()
                                   ? make_trained_agent(config, bench_problem(config))
                                   : load_agent(find_checkpoint(checkpoint));
  if (!checkpoint.empty()) config.env = trained.config.env;
  const PackedWeights weights(*trained.parameters, false);
  ThreadPool pool(config.training.threads);
  EvaluationOptions options{.env = config.env.kind(),
                            .targets = {config.evaluation.targets.at(0)},
                            .episodes = config.evaluation.episodes,
                            .modes = {},
                            .seed = config.evaluation.seed};
  // The default measures the mode that an application uses.
  const bool chosen = std::ranges::any_of(
      settings, [](const std::string& text) { return text.starts_with("evaluation.mode"); });
  for (const std::string& mode : config.evaluation.mode) options.modes.push_back(act_mode(mode));
  if (!chosen) options.modes = {ActMode::stream};

  const double begin = now();
  const auto evaluation = evaluate(*trained.agent, weights, options, pool);
  const double seconds = now() - begin;
  const double bare = bare_seconds(options.env, evaluation->steps, pool);
  return {{"env", options.env},
          {"backbone", trained.config.backbone.kind()},
          {"mode", to_json(*evaluation).at("mode")},
          {"threads", pool.threads()},
          {"episodes", options.episodes},
          {"steps", evaluation->steps},
          {"seconds", seconds},
          {"steps_per_second", static_cast<double>(evaluation->steps) / seconds},
          {"bare_mujoco_seconds", bare},
          {"bare_mujoco_steps_per_second", static_cast<double>(evaluation->steps) / bare},
          {"times_bare_mujoco", seconds / bare}};
}

}  // namespace seqrl::bench

// An evaluation compared with the bare simulation of the same steps.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "agents/evaluation/evaluator.h"
#include "agents/policies/shipped_policies.h"
#include "configs/base/error.h"
#include "configs/base/stopwatch.h"
#include "configs/schema/scalars.h"
#include "envs/registry.h"
#include "tools/bench/bench.h"
#include "tools/bench/hardware.h"

namespace seqrl::tools::bench {
nlohmann::ordered_json bench_eval(const Settings& given) {
  // checkpoint=RUN measures a trained agent, which has long episodes; otherwise an untrained one.
  Settings settings;
  std::string checkpoint;
  for (const std::string& text : given) {
    if (text.starts_with("checkpoint=")) {
      checkpoint = home_expanded(text.substr(std::string("checkpoint=").size()));
    } else {
      settings.push_back(text);
    }
  }
  const auto gives = [&](const std::string& prefix) {
    return std::ranges::any_of(settings,
                               [&](const std::string& text) { return text.starts_with(prefix); });
  };
  SEQRL_REQUIRE(checkpoint.empty() || (!gives("env=") && !gives("env.")),
                "bench eval: env cannot be combined with checkpoint: a trained agent acts in its "
                "own environment");
  RunConfig config = bench_config(settings);
  TrainedAgent trained =
      checkpoint.empty() ? make_trained_agent(config, bench_spec(config)) : find_agent(checkpoint);
  if (!checkpoint.empty()) {
    config.env = trained.config.env;
    if (!gives("evaluation.targets=")) {
      config.evaluation.targets = trained.config.evaluation.targets;
    }
  }
  move_to(evaluation_device(config, *trained.agent, learning_device(config)), trained);
  ThreadPool pool(config.training.threads);
  // The default is the mode that applications use.
  if (!gives("evaluation.mode")) config.evaluation.mode = {"stream"};
  EvaluationOptions options = evaluation_options(config);
  if (options.targets.size() > 1) options.targets = {options.targets.front()};

  const Stopwatch watch;
  const auto evaluation = evaluate(*trained.agent, *trained.parameters, options, pool);
  const double seconds = watch.seconds();
  // The time of the same steps in MuJoCo alone: the time inside the environments, divided evenly.
  const double bare = evaluation->simulation_seconds / pool.threads();
  return {{"env", title_of(options.env)},
          {"backbone", learner_name(trained.config)},
          {"mode", to_json(*evaluation).at("mode")},
          {"device", name_of(evaluation->device)},
          {"threads", pool.threads()},
          {"episodes", options.episodes},
          {"steps", evaluation->steps},
          {"seconds", seconds},
          {"steps_per_second", static_cast<double>(evaluation->steps) / seconds},
          {"bare_mujoco_seconds", bare},
          {"bare_mujoco_steps_per_second", static_cast<double>(evaluation->steps) / bare},
          {"times_bare_mujoco", seconds / bare},
          {"share_of_bare_mujoco", bare / seconds}};
}

}  // namespace seqrl::tools::bench

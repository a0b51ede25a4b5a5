// The benchmarks of `seqrl bench`, one per file. Each returns a JSON object with the measurements,
// the hardware's ceiling measured in the same process, and the share of it that was reached.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "agents/datasets/trajectories.h"
#include "agents/policies/checkpoint.h"
#include "models/training/communicator.h"

namespace seqrl::tools::bench {

using Settings = std::vector<std::string>;  // key=value

nlohmann::ordered_json bench_hardware(const Settings& settings);
nlohmann::ordered_json bench_gemm(const Settings& settings);
nlohmann::ordered_json bench_train(const Settings& settings);
// Also returns "profile": where the time of a step goes, by op, forward and backward.
nlohmann::ordered_json bench_train_profile(const Settings& settings);
nlohmann::ordered_json bench_act(const Settings& settings);
nlohmann::ordered_json bench_eval(const Settings& settings);
nlohmann::ordered_json bench_env(const Settings& settings);
nlohmann::ordered_json bench_load(const Settings& settings);
// Runs on the ranks of a job; all ranks call it.
nlohmann::ordered_json bench_scale(const Settings& settings, Communicator& ranks);

// A run's config from settings alone: hopper, no dataset; or a task.
RunConfig bench_config(const Settings& settings);

// An environment's spec, without normalisation of observations.
AgentSpec bench_spec(const RunConfig& config);

// Random experience with a spec's dimensions: 20 episodes of 500 steps.
Trajectories random_trajectories(const AgentSpec& spec);

// The p-th percentile (0 … 100) of samples, which are sorted in place.
double percentile(std::vector<double>& samples, double p);

}  // namespace seqrl::tools::bench

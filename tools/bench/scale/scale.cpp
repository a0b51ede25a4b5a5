// A training step on several ranks: the bytes and time of its exchange, and the number of nodes on
// which each size pays.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "agents/learning/learner_kind.h"
#include "configs/base/machine.h"
#include "configs/base/stopwatch.h"
#include "configs/schema/config.h"
#include "models/ops/instruction_set.h"
#include "tools/bench/bench.h"
#include "tools/bench/scale/measured_ranks.h"
#include "tools/bench/scale/step_model.h"
#include "tools/bench/session.h"

namespace seqrl::tools::bench {
namespace {

using Json = nlohmann::ordered_json;

// A network of 10 Gbit/s with TCP, used if none between machines is measured or given.
constexpr Network kAssumed{.latency = 30e-6, .bandwidth = 1.1e9};
constexpr double kWorthIt = 0.75;  // of the speed of a node alone

struct ScaleSettings {
  double latency = 0, bandwidth = 0;
  std::int64_t node_threads = 0;
  void fields(Fields& field) {
    field("latency", latency, "latency of the network, in seconds", in_range(0, 10));
    field("bandwidth", bandwidth, "bandwidth of the network, in bytes per second",
          in_range(0, 1e15));
    field("node_threads", node_threads, "threads per modelled node; 0 = those of this rank",
          in_range(0, 4096));
  }
};

struct Step {
  double seconds = 0;  // the median
  std::int64_t steps = 0;
  MeasuredRanks::Traffic traffic;  // of all these steps

  double each(double sum) const { return sum / static_cast<double>(steps); }
};

// Runs steps for some seconds, the same number on all ranks.
Step measure_steps(Session& session, MeasuredRanks& ranks, double seconds_at_least) {
  std::vector<double> seconds;
  MeasuredRanks::Traffic all;
  ranks.take();
  const Stopwatch whole;
  bool ends = false;
  while (!ends) {
    const Stopwatch watch;
    session.run(1);
    seconds.push_back(watch.seconds());
    const MeasuredRanks::Traffic traffic = ranks.take();
    all.bytes_sent += traffic.bytes_sent;
    all.bytes_received += traffic.bytes_received;
    all.messages_sent += traffic.messages_sent;
    all.calls += traffic.calls;
    all.seconds += traffic.seconds;
    all.waited += traffic.waited;
    // Rank 0's clock decides.
    const bool enough = whole.seconds() >= seconds_at_least && seconds.size() >= 10;
    ends = ranks.any(ranks.is_first() && enough);
    ranks.take();
  }
  const auto steps = static_cast<std::int64_t>(seconds.size());
  return {.seconds = percentile(seconds, 50), .steps = steps, .traffic = all};
}

// One rank by itself, with its number of threads in the job, while the others wait.
double seconds_alone(const RunConfig& config, Communicator& ranks, int threads) {
  double seconds = 0;
  if (ranks.is_first()) {
    RunConfig alone = config;
    alone.ranks = &single_process();
    Session session(alone, threads);
    MeasuredRanks nothing(single_process());
    seconds = measure_steps(session, nothing, 3).seconds;
  }
  ranks.wait_for_all();
  return seconds;
}

// "0.676 M"
std::string millions(double parameters) {
  return fmt::format("{:.3g} M", parameters * 1e-6);
}

// Whether ranks are on several machines, connected by a network.
bool on_several_machines(Communicator& ranks) {
  const std::vector<std::string> hosts = ranks.all_texts(ProcessAddress::of_this_process().host);
  return std::ranges::count(hosts, hosts.front()) < std::ssize(hosts);
}

constexpr std::int64_t kNodes[] = {2, 4, 8, 16, 32, 64};

// The largest number of nodes at which each still reaches kWorthIt of its speed alone; 1 if none.
std::int64_t nodes_that_pay(const StepModel& model) {
  std::int64_t most = 1;
  for (const std::int64_t nodes : kNodes) {
    if (model.speedup(nodes) >= kWorthIt * static_cast<double>(nodes)) most = nodes;
  }
  return most;
}

// One row for each model and batch size: the speed-up over the number of nodes.
Json rows_of(const StepModel& measured) {
  Json rows = Json::array();
  std::vector<double> sizes = {measured.parameters};
  for (const double size : {3e6, 25e6, 100e6}) {
    if (size > 1.5 * measured.parameters) sizes.push_back(size);
  }
  for (const double size : sizes) {
    for (const std::int64_t batch : {measured.batch, 16 * measured.batch}) {
      StepModel model = measured;
      model.parameters = size;
      model.batch = batch;
      model.seconds *= size / measured.parameters * static_cast<double>(batch) /
                       static_cast<double>(measured.batch);
      Json row = {{"size", fmt::format("{}, batch {}", millions(size), batch)},
                  {"step_ms", model.seconds * 1e3}};
      for (const std::int64_t nodes : kNodes) {
        row[fmt::format("{} nodes", nodes)] = model.speedup(nodes);
      }
      row["pay"] = nodes_that_pay(model);
      rows.push_back(row);
    }
  }
  return rows;
}

std::string verdict_of(const StepModel& model) {
  const std::int64_t pay = nodes_that_pay(model);
  const std::string what =
      fmt::format("{} parameters at batch {}, nodes of {} threads", millions(model.parameters),
                  model.batch, model.shards_of_node);
  return pay == 1 ? fmt::format(
                        "{}: one run does not pay off on several nodes; give each node its own "
                        "runs (mpirun seqrl sweep, or seqrl sweep --slurm)",
                        what)
                  : fmt::format(
                        "{}: one run pays off on up to {} nodes; a sweep has separate runs on its "
                        "nodes and uses any number fully",
                        what, pay);
}

}  // namespace

Json bench_scale(const Settings& given, Communicator& all) {
  Settings settings, own;
  for (const std::string& text : given) {
    const bool is_own = std::ranges::any_of(std::array{"latency=", "bandwidth=", "node_threads="},
                                            [&](const char* key) { return text.starts_with(key); });
    (is_own ? own : settings).push_back(text);
  }
  const auto wanted = read_config_text<ScaleSettings>("{}", "bench scale", own);
  SEQRL_REQUIRE(
      (wanted.latency > 0) == (wanted.bandwidth > 0),
      "bench scale: give both latency (seconds) and bandwidth (bytes per second), or neither");
  RunConfig config = bench_config(settings);
  SEQRL_REQUIRE(learning_device(config) == Device::cpu,
                "device: communication between ranks is measured on CPUs; use device=cpu");
  if (const auto alone = learner_kind(config).needs_one_rank()) reject("agent: {}", *alone);

  const int threads = config.training.threads > 0 ? config.training.threads : all.threads();
  const double alone = seconds_alone(config, all, threads);
  MeasuredRanks ranks(all);
  config.ranks = &ranks;
  Session session(config, threads);
  const auto parameters = static_cast<double>(session.learner->parameters());
  const std::int64_t shards = std::min(config.training.shards, config.training.batch);
  Json result = {{"backbone", learner_name(config)},
                 {"instruction_set", instruction_set()},
                 {"parameters", session.learner->parameters()},
                 {"batch", config.training.batch},
                 {"context", config.training.context},
                 {"shards", shards},
                 {"ranks", all.ranks()},
                 {"threads_a_rank", session.pool.threads()},
                 {"one_rank_ms", alone * 1e3}};
  Network network = kAssumed;
  std::string source =
      "assumed: 10 Gbit/s; give latency= and bandwidth=, or run it on several machines";
  if (!all.is_alone()) {
    const Network here = measure_network(all);
    if (on_several_machines(all)) {
      network = here;
      source = "measured between rank 0 and the last";
    }
    const Step step = measure_steps(session, ranks, 4);
    ranks.tell_waits_apart(true);
    const Step apart = measure_steps(session, ranks, 2);
    const auto sent = step.each(static_cast<double>(step.traffic.bytes_sent));
    result["step_ms"] = step.seconds * 1e3;
    result["speedup"] = alone / step.seconds;
    result["communication_ms"] = step.each(step.traffic.seconds) * 1e3;
    result["share_of_communication"] = step.each(step.traffic.seconds) / step.seconds;
    result["waiting_ms"] = apart.each(apart.traffic.waited) * 1e3;
    result["transfer_ms"] = apart.each(apart.traffic.seconds - apart.traffic.waited) * 1e3;
    result["transfer_ms_of_model"] = exchange_seconds(here, parameters, shards, all.ranks()) * 1e3;
    result["latency_us"] = here.latency * 1e6;
    result["gb_per_second"] = here.bandwidth * 1e-9;
    result["mb_sent"] = sent * 1e-6;
    result["mb_received"] = step.each(static_cast<double>(step.traffic.bytes_received)) * 1e-6;
    result["messages_sent"] = step.each(static_cast<double>(step.traffic.messages_sent));
  }
  if (wanted.latency > 0) {
    network = {.latency = wanted.latency, .bandwidth = wanted.bandwidth};
    source = "given";
  }
  const std::int64_t node_threads =
      wanted.node_threads > 0 ? wanted.node_threads : session.pool.threads();
  const StepModel model{
      .seconds = alone * session.pool.threads() / static_cast<double>(node_threads),
      .parameters = parameters,
      .batch = config.training.batch,
      .shards_of_node = node_threads,
      .network = network};
  result["network"] = source;
  result["network_latency_us"] = network.latency * 1e6;
  result["network_gb_per_second"] = network.bandwidth * 1e-9;
  result["node_threads"] = node_threads;
  result["model"] =
      "step / nodes + 4 latencies + bytes / bandwidth; each thread of a node computes one shard, "
      "and each shard's gradient is sent; 'pay': the largest number of nodes that each reach 3/4 "
      "of the speed of a single node";
  result["times_one_node"] = rows_of(model);
  result["verdict"] = verdict_of(model);
  return result;
}

}  // namespace seqrl::tools::bench

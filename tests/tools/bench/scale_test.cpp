// The cost of a step on several nodes: the model, compared with the program's numbers.
#include <nlohmann/json.hpp>

#include "tests/tools/ranks/mpi_program.h"
#include "tools/bench/scale/step_model.h"

using namespace seqrl;
using namespace seqrl::tools::bench;
using Catch::Contains;

namespace {

const std::string kSmall =
    "bench scale --json training.threads=1 backbone.dim=48 backbone.layers=2 training.batch=8 "
    "training.shards=4 ";

StepModel model_of(double seconds, double parameters, Network network) {
  return {.seconds = seconds,
          .parameters = parameters,
          .batch = 4096,
          .shards_of_node = 8,
          .network = network};
}

}  // namespace

TEST_CASE("the time of an exchange is that of its bytes and its rounds") {
  const Network network{.latency = 1e-3, .bandwidth = 1e6};
  CHECK(exchange_seconds(network, 1e6, 8, 1) == 0);
  // Two ranks of four shards each: rank 1 sends half of each shard's gradient, then half of the
  // parameters, of 4 bytes each.
  CHECK(exchange_seconds(network, 1e6, 8, 2) == Approx(4e-3 + (4 * 2 + 2)));
  // Four of one: three quarters of a gradient, three quarters of the parameters.
  CHECK(exchange_seconds(network, 1e6, 4, 4) == Approx(4e-3 + 3 + 3));
}

TEST_CASE("nodes scale linearly on an ideal network, and not at all on a slow one") {
  const StepModel free = model_of(1, 1e6, {.latency = 0, .bandwidth = 1e18});
  const StepModel slow = model_of(1, 1e6, {.latency = 0, .bandwidth = 1e6});
  for (const std::int64_t nodes : {1, 2, 16, 64}) {
    CHECK(free.speedup(nodes) == Approx(static_cast<double>(nodes)));
    CHECK((nodes == 1 || slow.speedup(nodes) < 0.1));
  }
  // A batch that cannot be split further.
  StepModel small = free;
  small.batch = 16;
  CHECK(small.shards(64) == 16);
  CHECK(small.speedup(64) == Approx(16));
}

TEST_CASE("bench scale in one process models the speed-up of nodes for a given network") {
  const TemporaryFolder folder;
  const auto with = [&](const std::string& network) {
    const Ran ran = seqrl_in(folder, kSmall + network);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    return nlohmann::json::parse(ran.out);
  };
  const auto fast = with("latency=1e-9 bandwidth=1e15"), slow = with("latency=1 bandwidth=1e3");
  CHECK(fast.at("times_one_node")[0].at("4 nodes").get<double>() == Approx(4).epsilon(0.01));
  CHECK(slow.at("times_one_node")[0].at("pay") == 1);
  CHECK_THAT(slow.at("verdict").get<std::string>(), Contains("seqrl sweep"));
  CHECK(slow.at("network") == "given");
  Ran ran = seqrl_in(folder, "bench scale latency=1");
  CHECK(ran.status == 2);
  CHECK_THAT(ran.err, Contains("give both"));
  ran = seqrl_in(folder, "bench scale agent=sac");
  CHECK(ran.status == 2);
  CHECK_THAT(ran.err, Contains("sac does not scale to ranks"));
}

TEST_CASE("bench scale counts the bytes that ranks exchange, and they match the model") {
  SEQRL_NEEDS_MPI;
  const TemporaryFolder folder;
  const Ran ran = mpirun_in(folder.path(), "-np 2 seqrl " + kSmall);
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  const auto json = nlohmann::json::parse(ran.out);  // from one rank alone
  CHECK(json.at("ranks") == 2);
  // Rank 0 sends a sum of gradients and the new parameters, half of each, and receives the halves
  // of two shards' gradients and of the parameters.
  const double half = json.at("parameters").get<double>() * 2 * 1e-6;
  CHECK(json.at("mb_sent").get<double>() == Approx(2 * half).epsilon(0.2));
  CHECK(json.at("mb_received").get<double>() == Approx(3 * half).epsilon(0.2));
  for (const char* name : {"step_ms", "communication_ms", "waiting_ms", "transfer_ms",
                           "transfer_ms_of_model", "latency_us", "gb_per_second", "speedup"}) {
    INFO(name);
    CHECK(json.at(name).get<double>() > 0);
  }
}

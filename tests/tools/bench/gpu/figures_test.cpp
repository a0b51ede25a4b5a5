#include <map>

#include "tests/catch.h"
#include "tools/bench/gpu/kernels.h"
#include "tools/bench/gpu/steps.h"

using namespace seqrl;
using namespace seqrl::tools::bench;

namespace {

using Figures = std::map<std::string, double>;

Report into(Figures& figures) {
  return [&](const std::string& name, double value, const std::string&) {
    CAPTURE(name);
    CHECK(figures.emplace(name, value).second);
  };
}

}  // namespace

TEST_CASE("scans are measured with their share of the copy bandwidth") {
  const KernelSizes sizes{
      .elements = 2 * 6 * 8, .batch = 2, .dim = 8, .times = {1, 6, 12}, .repeats = 2};
  Figures figures;
  bench_scans(sizes, into(figures));
  CHECK(figures.size() == 3 * 4);
  for (const char* shape : {"T=1 B=2 D=8", "T=6 B=2 D=8", "T=12 B=1 D=8"}) {
    for (const std::string way : {"forward", "backward"}) {
      CHECK(figures.at("scan " + way + " " + shape) > 0);
      CHECK(figures.at("scan " + way + ", of the copy's bandwidth " + shape) > 0);
    }
  }
}

TEST_CASE("the copy bandwidth and the smallest kernel of a graph are measured") {
  Figures figures;
  bench_device({.elements = 1000, .repeats = 2}, into(figures));
  CHECK(figures.at("copy on the device") > 0);
  CHECK(figures.at("the smallest kernel of a graph") > 0);
}

TEST_CASE("a training step is measured with its graph and its memory, and a run with its time") {
  const StepSizes sizes{.batch = 2, .context = 3, .dim = 16, .layers = 1};
  Figures figures;
  bench_step("min_gru", sizes, Precision::float32, 4, into(figures));
  bench_step("min_gru", sizes, Precision::tf32, 4, into(figures));
  bench_run("min_gru", sizes, Precision::float32, 5, into(figures));
  CHECK(figures.size() == 2 * 5 + 1);
  for (const std::string how : {"", ", tf32"}) {
    CHECK(figures.at("DT step min_gru batch 2" + how) > 0);
    CHECK(figures.at("DT step min_gru batch 2, nodes of its graph" + how) > 10);
    CHECK(figures.at("DT step min_gru batch 2, memory allocated" + how) > 0);
  }
  CHECK(figures.at("5 DT steps min_gru batch 2") > 0);
}

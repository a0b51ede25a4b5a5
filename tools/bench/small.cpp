// Short benchmarks: the hardware, matrix products, bare simulation, loading a file.
#include <Eigen/Core>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agents/datasets/load.h"
#include "agents/datasets/prepared_cache.h"
#include "configs/base/staging.h"
#include "configs/base/stopwatch.h"
#include "envs/gymnasium/python_loop.h"
#include "envs/stepping_speed.h"
#include "models/core/tensor.h"
#include "models/ops/cpu/gemm.h"
#include "models/ops/instruction_set.h"
#include "tools/bench/bench.h"
#include "tools/bench/hardware.h"

namespace seqrl::tools::bench {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// A random matrix in a tensor's memory: products with less aligned memory are slower.
struct StoredMatrix {
  StoredMatrix(std::int64_t rows, std::int64_t columns)
      : storage(static_cast<std::size_t>(rows * columns) * sizeof(float)),
        matrix(reinterpret_cast<float*>(storage.data()), rows, columns) {
    matrix.setRandom();
  }

  Storage storage;
  Eigen::Map<Matrix, Eigen::Aligned64> matrix;
};

// The best GFLOP/s of several measurements.
template <typename Work>
double best_gflops(double flops, Work work) {
  const int rounds = static_cast<int>(2e9 / flops) + 1;
  return best_rate(flops * rounds * 1e-9, [&] {
    for (int i = 0; i < rounds; ++i) work();
  });
}

// (m, k) × (k, n)
struct Product {
  std::int64_t m, n, k;
  double flops() const { return 2.0 * static_cast<double>(m * n * k); }
};

void reject_settings(const char* what, const Settings& settings) {
  SEQRL_REQUIRE(settings.empty(), "bench {} takes no settings, got '{}'", what, settings[0]);
}

}  // namespace

nlohmann::ordered_json bench_hardware(const Settings& settings) {
  reject_settings("hardware", settings);
  ThreadPool one(1), all;
  return {{"threads", all.threads()},
          {"instruction_set", instruction_set()},
          {"peak_gflops_one_thread", peak_gflops(one)},
          {"peak_gflops", peak_gflops(all)},
          {"copy_gb_per_second_one_thread", copy_bandwidth(one)},
          {"copy_gb_per_second", copy_bandwidth(all)}};
}

nlohmann::ordered_json bench_gemm(const Settings& settings) {
  reject_settings("gemm", settings);
  ThreadPool one(1);
  const double peak = peak_gflops(one);
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  const auto add = [&](const char* what, const Product& product, double ours, double eigen) {
    rows.push_back({{"product", what},
                    {"m", product.m},
                    {"n", product.n},
                    {"k", product.k},
                    {"gflops", ours},
                    {"share_of_peak", ours / peak},
                    {"eigen_gflops", eigen}});
  };
  // Rows of a shard × a layer's widths, forward; weights packed, as in training.
  for (const Product& product :
       {Product{480, 128, 128}, {480, 384, 128}, {480, 512, 128}, {480, 128, 512}, {3, 512, 128}}) {
    const auto [m, n, k] = product;
    const StoredMatrix inputs(m, k), weights(n, k);
    StoredMatrix outputs(m, n), packed(1, cpu::packed_size<float>(k, n));
    const auto &a = inputs.matrix, &w = weights.matrix;
    auto &c = outputs.matrix, &panels = packed.matrix;
    cpu::pack(op::transposed(w.data(), k), k, n, panels.data());
    add("forward", product,
        best_gflops(product.flops(),
                    [&] {
                      cpu::gemm_packed(product.m, product.n, product.k,
                                       op::row_major(a.data(), product.k), panels.data(), c.data(),
                                       product.n, op::Start::zero);
                    }),
        best_gflops(product.flops(), [&] { c.noalias() = a * w.transpose(); }));
  }
  // The gradient of the weights: outputs × inputs, over the rows of a shard.
  for (const Product& product : {Product{128, 128, 480}, {512, 128, 480}, {128, 512, 480}}) {
    const auto [m, n, k] = product;
    const StoredMatrix output_gradients(k, m), inputs(k, n);
    StoredMatrix weight_gradients(m, n);
    const auto &dy = output_gradients.matrix, &x = inputs.matrix;
    auto& dw = weight_gradients.matrix;
    add("weight gradient", product,
        best_gflops(product.flops(),
                    [&] {
                      cpu::gemm(product.m, product.n, product.k,
                                op::transposed(dy.data(), product.m),
                                op::row_major(x.data(), product.n), dw.data(), product.n,
                                op::Start::accumulate);
                    }),
        best_gflops(product.flops(), [&] { dw.noalias() += dy.transpose() * x; }));
  }
  return {{"threads", 1}, {"peak_gflops", peak}, {"products", rows}};
}

nlohmann::ordered_json bench_env(const Settings& settings) {
  const RunConfig config = bench_config(settings);
  const int threads = ThreadPool(config.training.threads).threads();
  nlohmann::ordered_json result = {{"env", title_of(config.env)}, {"threads", threads}};
  if (config.env.kind() != "gymnasium") {
    const SteppingSpeed speed = measure_stepping(config.env, 20000, threads);
    result["steps"] = speed.steps;
    result["steps_per_second"] = speed.steps_per_second;
    return result;
  }
  // Alternates with the work of Python without seqrl: over one environment, and over as many as are
  // stepped together here, which no longer fit into the nearest caches. Reports medians; ratios are
  // taken within a turn, because a shared machine is equally slow for both.
  const auto& options = config.env.as<GymnasiumOptions>();
  constexpr int kTurns = 9;
  constexpr std::int64_t kSteps = 8000;
  std::vector<double> ours, one, many, times_one, times_many;
  std::int64_t steps = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    const SteppingSpeed speed = measure_stepping(config.env, kSteps, threads);
    steps += speed.steps;
    ours.push_back(speed.steps_per_second);
    one.push_back(python_loop_speed(options, kSteps, threads, 1));
    many.push_back(python_loop_speed(options, kSteps, threads, kSteppedTogether));
    times_one.push_back(ours.back() / one.back());
    times_many.push_back(ours.back() / many.back());
  }
  result["steps"] = steps;
  result["steps_per_second"] = percentile(ours, 50);
  result["python_loop_steps_per_second"] = percentile(one, 50);
  result["times_python_loop"] = percentile(times_one, 50);
  result["python_loop_of_64_steps_per_second"] = percentile(many, 50);
  result["times_python_loop_of_64"] = percentile(times_many, 50);
  return result;
}

nlohmann::ordered_json bench_load(const Settings& settings) {
  SEQRL_REQUIRE(settings.size() == 1 && settings[0].starts_with("dataset.path="),
                "bench load takes one setting, dataset.path=FILE");
  const std::string path = settings[0].substr(std::string("dataset.path=").size());
  std::int64_t transitions = 0, row = 0;
  // The median of several.
  const auto seconds_of = [&](int attempts, const LoadOptions& options) {
    std::vector<double> seconds;
    for (int attempt = 0; attempt < attempts; ++attempt) {
      const Stopwatch watch;
      const Trajectories loaded = load_dataset(path, options);
      seconds.push_back(watch.seconds());
      transitions = loaded.transitions();
      row = loaded.observation_dim() + loaded.action_dim() + 1;  // with the reward
    }
    return percentile(seconds, 50);
  };
  const double read = seconds_of(5, {});
  ThreadPool one(1);
  nlohmann::ordered_json result = {
      {"path", path},
      {"transitions", transitions},
      {"seconds", read},
      {"transitions_per_second", static_cast<double>(transitions) / read},
      {"gb_per_second", static_cast<double>(transitions * row) * sizeof(float) / read * 1e-9},
      {"copy_gb_per_second", copy_bandwidth(one)}};
  if (dataset_files(path).empty()) return result;
  const std::filesystem::path folder = prepared_folder("auto").value_or(".") / "bench";
  const Staging cache(folder, Staging::Kind::folder);  // removed at the end
  const LoadOptions options{.cache = cache.path().string()};
  const double prepare = seconds_of(1, options);
  if (!load_dataset(path, options).scan()) return result;  // no copy could be kept
  result["prepare_seconds"] = prepare;
  result["map_seconds"] = seconds_of(5, options);
  return result;
}

}  // namespace seqrl::tools::bench

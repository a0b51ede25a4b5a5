// Figure 4: token by token.
#include <fmt/format.h>

#include "configs/base/error.h"
#include "tools/costs/measurements.h"

namespace seqrl::tools {
namespace {

// The number of tokens that a Transformer remembers during the measurement.
constexpr std::int64_t kDefaultContext = 256;
constexpr int kTokensPerPass = 16;

}  // namespace

std::vector<Figure> decoding_cost(const CostConfig& config, const std::function<bool()>& stop) {
  const auto contexts = or_default(config.lengths, {kDefaultContext});
  SEQRL_REQUIRE(contexts.size() == 1,
                "decoding_cost compares batches at one context length, not {}", contexts.size());
  SEQRL_REQUIRE(config.window <= contexts[0],
                "decoding_cost: a window of {} tokens is not full after a context of {}, so a "
                "Transformer's state would grow during the measurement; use longer lengths",
                config.window, contexts[0]);
  ThreadPool pool(config.threads);
  const std::string title =
      fmt::format("Token by token after a context of {}: dim {}, {} layer{}, {} thread{}",
                  contexts[0], config.dim, config.layers, config.layers == 1 ? "" : "s",
                  pool.threads(), pool.threads() == 1 ? "" : "s");
  Figure rate = cost_figure("decoding-throughput", title, "batch", "tokens per second");
  Figure latency =
      cost_figure("decoding-latency", title, "batch", "microseconds per token of all sequences");
  // A Transformer's memory must keep its size during the measurement.
  CostConfig fixed = config;
  if (config.window == 0) fixed.window = contexts[0];
  const auto kinds = or_default(config.backbones, backbone_names());
  const auto batches = or_default(config.batches, {1, 2, 4, 8, 16, 32, 64, 128, 256});
  Measurements measurements(kinds.size() * batches.size());
  for (const std::string& kind : kinds) {
    MeasuredBackbone backbone(kind, fixed, false);
    Curve rates{kind, {}}, latencies{kind, {}};
    measurements.walk(
        kind, batches, config,
        [&](std::int64_t batch) {
          backbone.share(batch, pool.threads());
          backbone.begin_sequences();
          backbone.read(contexts[0], pool);
          const auto pass = median_seconds(
              [&] {
                for (int i = 0; i < kTokensPerPass; ++i) backbone.read(1, pool);
              },
              config, stop);
          return pass ? std::optional(*pass / kTokensPerPass) : std::nullopt;
        },
        [&](std::int64_t batch, double seconds) {
          const auto x = static_cast<double>(batch);
          rates.points.push_back(exact_point(x, x / seconds));
          latencies.points.push_back(exact_point(x, seconds * 1e6));
        });
    rate.curves.push_back(rates);
    latency.curves.push_back(latencies);
    if (stop && stop()) break;
  }
  return {rate, latency};
}

}  // namespace seqrl::tools

// Figure 3: the cost of a context before the first answer.
#include <fmt/format.h>

#include "tools/costs/measurements.h"

namespace seqrl::tools {

std::vector<Figure> context_cost(const CostConfig& config, const std::function<bool()>& stop) {
  const auto lengths = or_default(config.lengths, {16, 32, 64, 128, 256, 512, 1024, 2048});
  ThreadPool pool(config.threads);
  std::vector<Figure> figures;
  const auto kinds = or_default(config.backbones, backbone_names());
  const auto batches = or_default(config.batches, {8, 64});
  Measurements measurements(kinds.size() * batches.size() * lengths.size());
  for (const std::int64_t batch : batches) {
    Figure& figure = figures.emplace_back(cost_figure(
        fmt::format("context-batch-{}", batch),
        fmt::format("Reading a context and one more token: batch {}, dim {}, {} layer{}", batch,
                    config.dim, config.layers, config.layers == 1 ? "" : "s"),
        "tokens of context", "milliseconds"));
    for (const std::string& kind : kinds) {
      MeasuredBackbone backbone(kind, config, false);
      Curve& curve = figure.curves.emplace_back(Curve{kind, {}});
      backbone.share(batch, pool.threads());
      measurements.walk(
          kind, lengths, config,
          [&](std::int64_t length) {
            return median_seconds(
                [&] {
                  backbone.begin_sequences();
                  backbone.read(length, pool);
                  backbone.read(1, pool);
                },
                config, stop);
          },
          [&](std::int64_t length, double seconds) {
            curve.points.push_back(exact_point(static_cast<double>(length), seconds * 1e3));
          });
      if (stop && stop()) return figures;
    }
  }
  return figures;
}

}  // namespace seqrl::tools

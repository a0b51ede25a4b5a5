// Figure 1: the cost of training on longer sequences.
#include <fmt/format.h>

#include "agents/config/published_numbers.h"
#include "configs/base/error.h"
#include "tools/costs/measurements.h"

namespace seqrl::tools {
namespace {

constexpr const char* kBaseline = "lstm_stepwise";
constexpr std::int64_t kPublishedBatch = 64;

// Each curve's speed-up over the baseline.
Figure speedup_of(const Figure& time) {
  Figure figure = cost_figure("training-speedup", time.title, time.x_label,
                              fmt::format("times as fast as {}", kBaseline));
  std::map<double, double> baseline;
  for (const Curve& curve : time.curves) {
    if (curve.label != kBaseline) continue;
    for (const CurvePoint& p : curve.points) baseline[p.x] = p.mean;
  }
  for (const Curve& curve : time.curves) {
    Curve& ratio = figure.curves.emplace_back(Curve{curve.label, {}});
    for (const CurvePoint& p : curve.points) {
      if (const auto at = baseline.find(p.x); at != baseline.end()) {
        ratio.points.push_back(exact_point(p.x, at->second / p.mean));
      }
    }
  }
  std::erase_if(figure.curves, [](const Curve& curve) { return curve.points.empty(); });
  return figure;
}

// Adds the paper's GPU measurements of the curves' backbones, in the same colours.
void add_published(const std::string& measure, Figure& figure) {
  const std::size_t measured = figure.curves.size();
  for (std::size_t i = 0; i < measured; ++i) {
    const std::string kind = figure.curves[i].label;
    Curve published{"the paper's " + kind + " (T4, quoted)", {}, i};
    for (const PublishedNumber& number : published_numbers()) {
      const bool is_its = number.experiment == "training_cost" && number.measure == measure;
      // The paper's comparisons with GRU have another baseline than ours.
      const bool other_baseline = measure == "speedup" && kind != "min_lstm";
      if (!is_its || number.learner != kind || other_baseline) continue;
      published.points.push_back(exact_point(std::stod(number.task), number.value));
    }
    if (!published.points.empty()) figure.curves.push_back(std::move(published));
  }
}

}  // namespace

std::vector<Figure> training_cost(const CostConfig& config, const std::function<bool()>& stop) {
  const auto batches = or_default(config.batches, {64});
  SEQRL_REQUIRE(batches.size() == 1, "training_cost compares lengths at one batch size, not {}",
                batches.size());
  const auto lengths = or_default(config.lengths, {16, 32, 64, 128, 256, 512, 1024, 2048, 4096});
  ThreadPool pool(config.threads);
  const std::string title =
      fmt::format("Forward, loss and backward: batch {}, dim {}, {} layer{}, {} thread{}",
                  batches[0], config.dim, config.layers, config.layers == 1 ? "" : "s",
                  pool.threads(), pool.threads() == 1 ? "" : "s");
  const std::string tokens = "tokens in a sequence";
  Figure time = cost_figure("training-time", title, tokens, "milliseconds");
  Figure memory = cost_figure("training-memory", title, tokens, "megabytes per pass");
  const auto kinds = or_default(config.backbones, measurable_backbones());
  Measurements measurements(kinds.size() * lengths.size());
  for (const std::string& kind : kinds) {
    MeasuredBackbone backbone(kind, config, true);
    Curve times{kind, {}}, bytes{kind, {}};
    measurements.walk(
        kind, lengths, config,
        [&](std::int64_t length) {
          backbone.share(batches[0], pool.threads());
          return median_seconds([&] { backbone.training_pass(length, pool); }, config, stop);
        },
        [&](std::int64_t length, double seconds) {
          const auto x = static_cast<double>(length);
          times.points.push_back(exact_point(x, seconds * 1e3));
          bytes.points.push_back(exact_point(x, static_cast<double>(backbone.bytes()) * 1e-6));
        });
    time.curves.push_back(times);
    memory.curves.push_back(bytes);
    if (stop && stop()) break;
  }
  std::vector<Figure> figures = {time, memory};
  Figure speedup = speedup_of(time);
  if (batches[0] == kPublishedBatch) {
    add_published("milliseconds", figures[0]);
    add_published("speedup", speedup);
  }
  if (!speedup.curves.empty()) figures.insert(figures.begin() + 1, speedup);
  return figures;
}

}  // namespace seqrl::tools

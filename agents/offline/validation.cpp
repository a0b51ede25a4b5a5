#include "agents/offline/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>
#include <vector>

#include "agents/datasets/windows.h"
#include "agents/offline/window_objective.h"
#include "models/core/alignment.h"

namespace seqrl {
namespace {

constexpr std::size_t kWindowsInPass = 64;  // windows in a pass

// The windows of a validation.
std::vector<Window> windows_of(const Trajectories& data, std::int64_t context) {
  std::vector<Window> windows;
  for (std::size_t i = 0; i < data.episodes().size(); ++i) {
    const std::int64_t length = data.episodes()[i].length;
    for (std::int64_t start = 0; start < length; start += context) {
      windows.push_back({static_cast<std::int64_t>(i), start, std::min(context, length - start)});
    }
  }
  return windows;
}

// The number of rows in the mask that have their largest logit where the target has its 1.
std::int64_t hits(const Tensor& logits, const Tensor& targets, const Tensor& mask) {
  const auto choices = logits.shape().back();
  std::int64_t count = 0;
  for (std::int64_t row = 0; row < logits.shape().rows(); ++row) {
    if (mask.data<float>()[row] == 0) continue;
    const float *x = logits.data<float>() + row * choices,
                *t = targets.data<float>() + row * choices;
    count += std::max_element(x, x + choices) - x == std::max_element(t, t + choices) - t;
  }
  return count;
}

}  // namespace

Validation::Validation(const RunConfig& config, const AgentSpec& spec, Trajectories episodes)
    : episodes_(std::move(episodes)),
      agent_(make_trained_agent(config, spec)),
      ranks_(*config.ranks) {}

std::optional<ValidationResult> Validation::measure(const ParameterBlock& parameters,
                                                    ThreadPool& pool,
                                                    const ProgressMonitor& monitor) {
  const auto& agent = dynamic_cast<const OfflineAgent&>(*agent_.agent);
  const std::int64_t context = agent.spec().context;
  agent_.parameters->copy_values_from(parameters);
  const PackedWeights weights(*agent_.parameters, false);
  const WindowSampler sampler(episodes_, context, agent.data_scale(), 0);
  const std::vector<Window> windows = windows_of(episodes_, context);
  const std::size_t passes = divide_up(windows.size(), kWindowsInPass);
  const auto timesteps = static_cast<double>(episodes_.transitions());

  const std::vector<std::int64_t> bounds =
      parts_of_ranks(static_cast<std::int64_t>(passes), ranks_.ranks());
  const auto rank = static_cast<std::size_t>(ranks_.rank());
  const auto begin = static_cast<std::size_t>(bounds[rank]),
             end = static_cast<std::size_t>(bounds[rank + 1]);

  std::vector<double> losses(passes);
  std::vector<std::int64_t> right(passes);
  std::atomic<bool> measures_choices{agent.spec().action_choices > 0};
  std::atomic<std::size_t> next{begin}, done{0};
  std::atomic<bool> stopped{false};
  const std::size_t lanes = std::min(end - begin, static_cast<std::size_t>(pool.threads()));
  pool.run(static_cast<int>(lanes), [&](int) {
    Tape tape;
    Batch batch = sampler.make_batch(kWindowsInPass);
    for (std::size_t pass; (pass = next.fetch_add(1)) < end;) {
      if (monitor.stopped()) stopped = true;
      if (stopped) return;
      const std::size_t first = pass * kWindowsInPass,
                        last = std::min(first + kWindowsInPass, windows.size());
      for (std::size_t i = first; i < last; ++i) {
        sampler.fill_row(windows[i], static_cast<std::int64_t>(i - first), batch);
      }
      tape.begin({});
      tape.set_packed_weights(&weights);
      const Shard rows{0, 0, static_cast<std::int64_t>(last - first)};
      const Windows seen = windows_on(tape, batch, rows);
      losses[pass] = static_cast<double>(agent.loss(seen, timesteps).data<float>()[0]);
      if (measures_choices) {
        const Tensor logits = agent.predict_actions(seen);
        if (logits.defined()) right[pass] = hits(logits, seen.actions, seen.mask);
        if (!logits.defined()) measures_choices = false;
      }
      monitor.advance(static_cast<std::int64_t>(++done), static_cast<std::int64_t>(end - begin),
                      "passes");
    }
  });
  if (ranks_.any(stopped)) return std::nullopt;
  ranks_.all_gather(std::span(losses), bounds);
  ranks_.all_gather(std::span(right), bounds);
  const bool no_choices = ranks_.any(!measures_choices);
  ValidationResult result{.loss = std::accumulate(losses.begin(), losses.end(), 0.0),
                          .episodes = std::ssize(episodes_.episodes()),
                          .transitions = episodes_.transitions()};
  if (!no_choices) {
    const auto hit = std::accumulate(right.begin(), right.end(), std::int64_t{0});
    result.accuracy = static_cast<double>(hit) / timesteps;
  }
  return result;
}

nlohmann::ordered_json to_json(const ValidationResult& result) {
  nlohmann::ordered_json json = {
      {"env", nullptr}, {"validation_loss", result.loss}, {"validation_episodes", result.episodes}};
  if (result.accuracy) json["validation_accuracy"] = *result.accuracy;
  json["targets"] = nlohmann::ordered_json::array();
  return json;
}

std::string to_text(const ValidationResult& result) {
  return fmt::format(
      "validation loss {:.4g}{}, of {} transitions in {} held-out episode{}\n", result.loss,
      result.accuracy ? fmt::format(", accuracy {:.1f} %", 100 * *result.accuracy) : "",
      result.transitions, result.episodes, result.episodes == 1 ? "" : "s");
}

}  // namespace seqrl

// The costs of backbones in time and memory, as the figures of speed of arXiv 2410.01201 show them;
// one file each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "configs/schema/fields.h"
#include "tools/reports/figure.h"

namespace seqrl::tools {

struct CostConfig {
  std::string output = "figures", device = "auto";
  std::vector<std::string> backbones;
  std::int64_t dim = 128, layers = 1, window = 0;
  std::vector<std::int64_t> lengths, batches;
  double seconds = 1, patience = 20;
  int threads = 0;

  void fields(Fields& field);
};

// The registered backbones, gru_stepwise and lstm_stepwise: what training_cost compares.
std::vector<std::string> measurable_backbones();

// Figure 1: a forward and a backward pass with a loss, over the length of the sequences. Time; how
// often it fits into that of a step-by-step LSTM, if that is measured, too; the memory of the pass.
std::vector<Figure> training_cost(const CostConfig& config, const std::function<bool()>& stop);

// Figure 3: reading a context, and then one more token, over the length of the context; a figure
// for each batch.
std::vector<Figure> context_cost(const CostConfig& config, const std::function<bool()>& stop);

// Figure 4: token by token with the state carried, over the batch: tokens a second, and the time
// of a step.
std::vector<Figure> decoding_cost(const CostConfig& config, const std::function<bool()>& stop);

}  // namespace seqrl::tools

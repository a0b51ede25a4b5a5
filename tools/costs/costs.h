// The costs of backbones in time and memory, as in the speed figures of arXiv 2410.01201; one file
// per figure.
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

// The backbones that training_cost compares: the registered ones, gru_stepwise and lstm_stepwise.
std::vector<std::string> measurable_backbones();

// Figure 1: a forward and a backward pass with a loss, over the sequence length. Time; the speed-up
// over a step-by-step LSTM, if that is also measured; the memory of the pass.
std::vector<Figure> training_cost(const CostConfig& config, const std::function<bool()>& stop);

// Figure 3: reading a context, and then one more token, over the context length; one figure per
// batch size.
std::vector<Figure> context_cost(const CostConfig& config, const std::function<bool()>& stop);

// Figure 4: decoding token by token with the state carried, over the batch size: tokens per second,
// and the time of a step.
std::vector<Figure> decoding_cost(const CostConfig& config, const std::function<bool()>& stop);

}  // namespace seqrl::tools

#include "models/backbones/min_lstm.h"

#include <utility>

namespace seqrl {

MinLstm::MinLstm(Module* parent, std::string name, const MinLstmConfig& config)
    : MinRnn(parent, std::move(name), config,
             {.projections = 3, .keep_signs = {1, -1}, .scan = min_lstm_scan}) {}

}  // namespace seqrl

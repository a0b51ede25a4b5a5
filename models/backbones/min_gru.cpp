#include "models/backbones/min_gru.h"

#include <utility>

namespace seqrl {

MinGru::MinGru(Module* parent, std::string name, const MinGruConfig& config)
    : MinRnn(parent, std::move(name), config,
             {.projections = 2, .keep_signs = {-1}, .scan = min_gru_scan}) {}

}  // namespace seqrl

#include "models/backbones/gru.h"

#include <utility>

namespace seqrl {

Gru::Gru(Module* parent, std::string name, const GruConfig& config)
    : ResidualBackbone(parent, std::move(name), config, config.mlp, [&](Module* block) {
        return std::make_unique<RecurrentMixer>(block, "gru", 3, config);
      }) {}

}  // namespace seqrl

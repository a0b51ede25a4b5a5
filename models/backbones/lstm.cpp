#include "models/backbones/lstm.h"

#include <utility>

namespace seqrl {

Lstm::Lstm(Module* parent, std::string name, const LstmConfig& config)
    : ResidualBackbone(parent, std::move(name), config, config.mlp, [&](Module* block) {
        return std::make_unique<RecurrentMixer>(block, "lstm", 4, config, config.forget_bias);
      }) {}

}  // namespace seqrl

#include "models/backbones/recurrent_mixer.h"

#include <utility>

#include "models/ops/recurrent.h"

namespace seqrl {
namespace {

// U(±1/√hidden), with `raised` added to the second of `gates` parts.
Init input_biases(std::int64_t hidden, std::int64_t gates, double raised) {
  return [=, draw = init::fan_in_uniform(hidden)](Random& random, std::span<double> values) {
    draw(random, values);
    const std::size_t part = values.size() / static_cast<std::size_t>(gates);
    for (double& value : values.subspan(part, part)) value += raised;
  };
}

// Checked here because the constructor computes sizes from it.
std::int64_t hidden_of(const RecurrentConfig& config) {
  SEQRL_REQUIRE(config.expansion >= 1, "expansion is {}, expected 1 or more", config.expansion);
  return config.expansion * config.dim;
}

}  // namespace

RecurrentMixer::RecurrentMixer(Module* parent, std::string name, std::int64_t gates,
                               const RecurrentConfig& config, double forget_bias)
    : Mixer(parent, std::move(name)),
      gates_(gates),
      hidden_(hidden_of(config)),
      inputs_(this, "inputs", config.dim, gates * hidden_, Activation::none,
              init::fan_in_uniform(hidden_), input_biases(hidden_, gates, forget_bias)),
      weight_(this, "weight", {gates * hidden_, hidden_}, init::fan_in_uniform(hidden_),
              Decay::yes),
      bias_(this, "bias", {gates * hidden_}, init::fan_in_uniform(hidden_), Decay::no),
      down_(this, "down", hidden_, config.dim, Activation::none, init::fan_in_uniform(hidden_)) {}

void RecurrentMixer::add_state(State& state) const {
  const Shape hidden{hidden_};
  if (gates_ == 3) {
    state.add_layer({hidden});
  } else {
    state.add_layer({hidden, hidden});
  }
}

Tensor RecurrentMixer::mix(const Tensor& x, State* state, int layer) const {
  const Tensor inputs = inputs_(x);
  const Tensor h = state ? state->layer(layer)[0] : Tensor();
  if (gates_ == 3) return gru(inputs, weight_, bias_, h);
  return lstm(inputs, weight_, bias_, h, state ? state->layer(layer)[1] : Tensor());
}

Tensor RecurrentMixer::project(const Tensor& mixed) const {
  return down_(mixed);
}

}  // namespace seqrl

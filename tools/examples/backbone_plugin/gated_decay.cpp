// A backbone that seqrl loads at run time: a linear recurrence with an input-dependent decay,
//   h_t = f_t ⊙ h_{t−1} + (1 − f_t) ⊙ v_t,   f = σ(W_f x + b_f),   v = W_v x + b_v.
#include <seqrl/backbone.h>

namespace {

using namespace seqrl;

// Options in a config, besides dim and layers: backbone: {kind: gated_decay, forget_bias: 2}.
struct GatedDecayConfig : BackboneConfig {
  double forget_bias = 1;
  std::int64_t mlp = 4;
  void fields(Fields& field) {
    BackboneConfig::fields(field);
    field("forget_bias", forget_bias,
          "initial bias of the decay: a larger one keeps more of the state");
    field("mlp", mlp, "hidden size of the MLP relative to dim; 0 = no MLP", at_least(0));
  }
};

// The layer that mixes tokens. ResidualBackbone adds norms, residuals and the MLP around it.
class GatedDecayMixer : public Mixer {
 public:
  GatedDecayMixer(Module* parent, const GatedDecayConfig& config)
      : Mixer(parent, "cell"),
        keep_(this, "keep", config.dim, config.dim, Activation::sigmoid,
              init::fan_in_uniform(config.dim), init::constant(config.forget_bias)),
        value_(this, "value", config.dim, config.dim),
        down_(this, "down", config.dim, config.dim) {}

  void add_state(State& state) const override { state.add_layer({{value_.out()}}); }

  Tensor mix(const Tensor& x, State* state, int layer) const override {
    const Tensor* remembered = state ? state->layer(layer).data() : nullptr;
    const Tensor h0 = remembered ? state_input(*x.tape(), *remembered) : Tensor();
    const Tensor keep = keep_(x), value = value_(x);
    const Tensor h = linear_recurrence(keep, subtract(value, multiply(keep, value)), h0);
    if (remembered) shift_window(*remembered, h);
    return h;
  }

  Tensor project(const Tensor& mixed) const override { return down_(mixed); }

 private:
  // a − b = a + (−1) ⊙ b.
  static Tensor subtract(const Tensor& a, const Tensor& b) {
    const Tensor minus = a.tape()->constant(b.shape(), b.dtype());
    dispatch(b.dtype(), [&]<typename T>(T) {  // b may be in a GPU's memory
      runtime_of(b.device()).fill(minus.data<T>(), T(-1), static_cast<std::size_t>(b.size()));
    });
    return add(a, multiply(minus, b));
  }

  Linear keep_, value_, down_;
};

class GatedDecay : public ResidualBackbone {
 public:
  GatedDecay(Module* parent, std::string name, const GatedDecayConfig& config)
      : ResidualBackbone(parent, std::move(name), config, config.mlp, [&](Module* block) {
          return std::make_unique<GatedDecayMixer>(block, config);
        }) {}
};

}  // namespace

SEQRL_PLUGIN([] {
  register_backbone<GatedDecay, GatedDecayConfig>("gated_decay",
                                                  "a linear recurrence with a learned decay");
})

#include "models/backbones/toy_average.h"

#include <utility>

#include "models/ops/elementwise.h"
#include "models/ops/scan.h"
#include "models/ops/tokens.h"

namespace seqrl {
namespace {

class AverageMixer : public Mixer {
 public:
  AverageMixer(Module* parent, const ToyAverageConfig& config)
      : Mixer(parent, "average"),
        value_(this, "value", config.dim, config.dim),
        down_(this, "down", config.dim, config.dim) {}

  void add_state(State& state) const override { state.add_layer({{value_.out()}}); }

  Tensor mix(const Tensor& x, State* state, int layer) const override {
    const Tensor* remembered = state ? state->layer(layer).data() : nullptr;
    const Tensor h0 = remembered ? state_input(*x.tape(), *remembered) : Tensor();
    const Tensor value = value_(x);
    const Tensor half = x.tape()->constant(value.shape(), value.dtype());
    dispatch(half.dtype(), [&]<typename T>(T) {
      runtime_of(half.device()).fill(half.data<T>(), T(0.5), static_cast<std::size_t>(half.size()));
    });
    const Tensor h = linear_recurrence(half, multiply(half, value), h0);
    if (remembered) shift_window(*remembered, h);
    return h;
  }

  Tensor project(const Tensor& mixed) const override { return down_(mixed); }

 private:
  Linear value_, down_;
};

}  // namespace

void ToyAverageConfig::fields(Fields& field) {
  BackboneConfig::fields(field);
  field("mlp", mlp, "hidden size of the MLP relative to dim; 0 = no MLP", at_least(0));
}

ToyAverage::ToyAverage(Module* parent, std::string name, const ToyAverageConfig& config)
    : ResidualBackbone(parent, std::move(name), config, config.mlp, [&](Module* block) {
        return std::make_unique<AverageMixer>(block, config);
      }) {}

}  // namespace seqrl

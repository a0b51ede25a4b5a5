// A plugin with a backbone that breaks its contract: every chunk restarts its state.
#include <configs/schema/plugin.h>
#include <models/backbones/registry.h>
#include <models/ops/scan.h>

#include <algorithm>

namespace {

using namespace seqrl;

class Leaky : public Backbone {
 public:
  Leaky(Module* parent, std::string name, const BackboneConfig& config)
      : Backbone(parent, std::move(name)), dim_(config.dim) {}
  std::int64_t dim() const override { return dim_; }
  State initial_state(std::int64_t batch) const override {
    return State(batch, weight_.value().dtype());
  }
  Tensor forward(const Tensor& x, State* state) const override {
    const Tensor half = x.tape()->constant(x.shape(), x.dtype());
    dispatch(x.dtype(), [&]<typename T>(T) { std::ranges::fill(half.span<T>(), T(0.5)); });
    if (state) state->advance(x.dim(1));
    return linear_recurrence(half, x, Tensor());
  }

 private:
  std::int64_t dim_;
  Parameter weight_{this, "weight", {1}, init::ones(), Decay::no};
};

}  // namespace

SEQRL_PLUGIN([] { register_backbone<Leaky, BackboneConfig>("leaky", "forgets at every chunk"); })

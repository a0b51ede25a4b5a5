// Observations as networks receive them: shifted and scaled per dimension.
#pragma once

#include <span>
#include <vector>

namespace seqrl {

// (x − mean) / (std + 1e-6), per dimension: the Decision Transformer's normalisation. Computed in
// double, so that a constant dimension stays near 0: float32's rounding error times 1e6 would not.
class Normalization {
 public:
  static constexpr double kEpsilon = 1e-6;

  Normalization() = default;
  Normalization(std::span<const double> mean, std::span<const double> std)
      : mean_(mean.begin(), mean.end()), scale_(std.begin(), std.end()) {
    for (double& scale : scale_) scale = 1 / (scale + kEpsilon);
  }

  // One observation: both of the normalisation's dimension.
  template <typename From, typename To>
  void apply(const From* observation, To* normalized) const {
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      normalized[i] = static_cast<To>((static_cast<double>(observation[i]) - mean_[i]) * scale_[i]);
    }
  }

  std::size_t dim() const { return mean_.size(); }

 private:
  std::vector<double> mean_, scale_;
};

}  // namespace seqrl

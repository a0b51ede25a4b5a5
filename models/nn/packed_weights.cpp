#include "models/nn/packed_weights.h"

#include "models/ops/matrix_product.h"

namespace seqrl {

PackedWeights::PackedWeights(const ParameterBlock& block, bool for_backward) {
  SEQRL_CHECK(block.device() == Device::cpu);
  index_.assign(static_cast<std::size_t>(block.flat().size() / ParameterBlock::kAlignment + 1), -1);
  std::size_t bytes = 0;
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (const ParameterBlock::Entry& entry : block.entries()) {
    const Tensor& weight = entry.parameter->value();
    // Matrices used in products are the decaying ones; embedding tables are only looked up.
    if (weight.shape().rank() != 2 || weight.size() == 0 || !entry.parameter->decays()) continue;
    const std::int64_t out = weight.dim(0), in = weight.dim(1);
    index_[static_cast<std::size_t>(entry.offset / ParameterBlock::kAlignment)] =
        static_cast<std::int32_t>(entries_.size());
    entries_.push_back({weight, {}});
    places.emplace_back(bytes, bytes + panel_bytes(block.dtype(), in, out));
    bytes = places.back().second;
    if (for_backward) bytes += panel_bytes(block.dtype(), out, in);
  }
  buffer_ = Storage(bytes);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    entries_[i].panels = {buffer_.data() + places[i].first,
                          for_backward ? buffer_.data() + places[i].second : nullptr};
  }
  refresh();
}

void PackedWeights::refresh(ThreadPool* pool) {
  const auto pack_one = [this](int i) {
    const auto& entry = entries_[static_cast<std::size_t>(i)];
    pack_weight(entry.weight, const_cast<void*>(entry.panels.forward),
                const_cast<void*>(entry.panels.backward));
  };
  const int count = static_cast<int>(entries_.size());
  if (pool) {
    pool->run(count, pack_one);
  } else {
    for (int i = 0; i < count; ++i) pack_one(i);
  }
}

WeightPanels::Panels PackedWeights::find(const Tensor& weight) const {
  if (!weight.is_parameter()) return {};
  const auto slot =
      static_cast<std::size_t>(weight.parameter_offset() / ParameterBlock::kAlignment);
  if (slot >= index_.size() || index_[slot] < 0) return {};
  const Entry& entry = entries_[static_cast<std::size_t>(index_[slot])];
  return entry.weight.raw() == weight.raw() ? entry.panels : Panels{};
}

}  // namespace seqrl

#include "models/nn/parameter_block.h"

#include "models/core/alignment.h"

namespace seqrl {

ParameterBlock::ParameterBlock(Module& root, DType dtype, std::uint64_t seed, Device device)
    : dtype_(dtype) {
  root.for_each_parameter([&](const std::string& name, Parameter& parameter) {
    entries_.push_back({name, &parameter, elements_});
    const std::int64_t size = parameter.shape().size();
    count_ += size;
    elements_ += round_up(size, kAlignment);
  });
  buffer_ = Storage(static_cast<std::size_t>(elements_) * size_of(dtype), device);

  std::vector<double> values;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& [name, parameter, offset] = entries_[i];
    std::byte* data = buffer_.data() + static_cast<std::size_t>(offset) * size_of(dtype);
    parameter->value_ = Tensor(data, parameter->shape(), dtype, device).as_parameter(offset);

    values.assign(static_cast<std::size_t>(parameter->shape().size()), 0.0);
    Random random(seed, Purpose::initialization, 0, static_cast<std::uint32_t>(i));
    parameter->init()(random, values);
    dispatch(dtype, [&, &value = parameter->value_]<typename T>(T) {
      write<T>(std::vector<T>(values.begin(), values.end()), value);
    });
  }
}

Storage ParameterBlock::values() const {
  Storage values(buffer_.bytes(), Device::cpu, Storage::Fill::none);
  runtime_of(device()).read(values.data(), buffer_.data(), buffer_.bytes());
  return values;
}

void ParameterBlock::copy_values_from(const ParameterBlock& other) {
  SEQRL_CHECK(elements_ == other.elements_ && dtype_ == other.dtype_);
  const Storage values = other.values();
  runtime_of(device()).write(buffer_.data(), values.data(), values.bytes());
}

}  // namespace seqrl

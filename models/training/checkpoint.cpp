#include "models/training/checkpoint.h"

#include <algorithm>
#include <span>
#include <utility>

#include "configs/base/error.h"

namespace seqrl {
namespace {

std::string updates_name(std::string prefix) {
  std::ranges::replace(prefix, '.', '_');
  return prefix + "updates";
}

}  // namespace

void CheckpointWriter::add_block(const ParameterBlock& block, const Tensor& flat,
                                 const std::string& prefix) {
  const std::size_t size = size_of(flat.dtype());
  auto* data = static_cast<const std::byte*>(flat.raw());
  if (flat.device() != Device::cpu) {
    const Storage& copy = copies_.emplace_back(flat.bytes(), Device::cpu, Storage::Fill::none);
    runtime_of(flat.device()).read(copy.data(), flat.raw(), flat.bytes());
    data = copy.data();
  }
  for (const auto& [name, parameter, offset] : block.entries()) {
    const Shape& shape = parameter->shape();
    TensorToStore tensor{prefix + name,
                         flat.dtype() == DType::f32 ? StoredType::F32 : StoredType::F64,
                         {},
                         {data + static_cast<std::size_t>(offset) * size,
                          static_cast<std::size_t>(shape.size()) * size}};
    for (int axis = 0; axis < shape.rank(); ++axis) tensor.dims.push_back(shape[axis]);
    tensors_.push_back(std::move(tensor));
  }
}

void CheckpointWriter::add(const ParameterBlock& block, const std::string& prefix) {
  add_block(block, block.flat(), prefix);
}

void CheckpointWriter::add(AdamW& optimizer, const ParameterBlock& block,
                           const std::string& prefix) {
  const auto [first, second] = optimizer.gather_moments();
  if (first.defined()) add_block(block, first, prefix + "first_moment.");
  if (second.defined()) add_block(block, second, prefix + "second_moment.");
  add_number(updates_name(prefix), optimizer.updates());
}

void CheckpointWriter::add(const std::string& name, const std::vector<double>& values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  tensors_.push_back(to_store<double>(name, shape, values));
}

void CheckpointWriter::add_text(const std::string& name, std::string text) {
  const bool is_new = texts_.emplace(name, std::move(text)).second;
  SEQRL_CHECK(is_new);
}

void CheckpointWriter::write(const std::filesystem::path& path,
                             const std::function<void()>& check) const {
  write_safetensors(path, tensors_, texts_, check);
}

CheckpointReader::CheckpointReader(const std::filesystem::path& path) try
    : path_(path.string()), file_(path) {
} catch (const Error& error) {
  const std::filesystem::path previous = path.parent_path() / "previous.safetensors";
  if (path.filename() != "last.safetensors" || !std::filesystem::exists(previous)) throw;
  throw Error(error.kind(), fmt::format("{}; to resume from the previous one, copy {} over it",
                                        error.what(), previous.string()));
}

CheckpointReader::CheckpointReader(const std::string& name, std::string_view content)
    : path_(name), file_(name, content) {}

std::vector<double> CheckpointReader::values(const std::string& name, std::int64_t count) const {
  std::vector<double> values(static_cast<std::size_t>(count));
  file_.read<double>(name, Shape{count}, values);
  return values;
}

std::int64_t CheckpointReader::count(std::string_view prefix) const {
  std::int64_t count = 0;
  for (const StoredTensor& tensor : file_.tensors()) {
    if (!tensor.name.starts_with(prefix)) continue;
    count += static_cast<std::int64_t>(tensor.bytes / stored_bytes(tensor.type));
  }
  return count;
}

// Reads elements [first, first + size) of the block into `part`.
void CheckpointReader::read_block(const ParameterBlock& block, const Tensor& part,
                                  std::int64_t first, const std::string& prefix) const {
  for (const auto& [name, parameter, offset] : block.entries()) {
    dispatch(part.dtype(), [&, &n = name, &p = parameter, o = offset]<typename T>(T) {
      std::vector<T> values(static_cast<std::size_t>(p->shape().size()));
      file_.read<T>(prefix + n, p->shape(), values);
      const std::int64_t begin = std::max(o, first),
                         end = std::min(o + std::ssize(values), first + part.size());
      if (begin >= end) return;
      const auto count = static_cast<std::size_t>(end - begin);
      write<T>(
          std::span(values).subspan(static_cast<std::size_t>(begin - o), count),
          Tensor(part.data<T>() + (begin - first), {end - begin}, part.dtype(), part.device()));
    });
  }
}

void CheckpointReader::read(const ParameterBlock& block, const std::string& prefix) const {
  read_block(block, block.flat(), 0, prefix);
}

void CheckpointReader::read(AdamW& optimizer, const ParameterBlock& block,
                            const std::string& prefix) const {
  read_block(block, optimizer.first_moment(), optimizer.first(), prefix + "first_moment.");
  read_block(block, optimizer.second_moment(), optimizer.first(), prefix + "second_moment.");
  optimizer.set_updates(number<std::int64_t>(updates_name(prefix)));
}

}  // namespace seqrl

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <filesystem>
#include <optional>

#include "agents/policies/shipped_policies.h"
#include "configs/base/error.h"
#include "envs/assets.h"
#include "models/core/safetensors.h"
#include "tools/python/bindings.h"

namespace seqrl::tools {
namespace {

namespace py = pybind11;

// The weights include the normalisation of observations; the rest belongs to training.
bool is_of_agent(std::string_view name) {
  return name.starts_with("model.") || name.starts_with("observation.");
}

Shape shape_of(const StoredTensor& tensor) {
  const std::vector<std::int64_t>& d = tensor.dims;
  switch (d.size()) {
    case 0:
      return {};
    case 1:
      return {d[0]};
    case 2:
      return {d[0], d[1]};
    case 3:
      return {d[0], d[1], d[2]};
    case 4:
      return {d[0], d[1], d[2], d[3]};
    default:
      reject("{} has {} dimensions; load_weights supports up to 4", tensor.name, d.size());
  }
}

template <typename T>
py::array read_as(const SafetensorsReader& file, const StoredTensor& tensor) {
  py::array_t<T> array(std::vector<py::ssize_t>(tensor.dims.begin(), tensor.dims.end()));
  const std::span<T> values(array.mutable_data(), static_cast<std::size_t>(array.size()));
  file.read(tensor.name, shape_of(tensor), values);
  return array;
}

py::array read_tensor(const SafetensorsReader& file, const StoredTensor& tensor) {
  if (tensor.type == StoredType::F32) return read_as<float>(file, tensor);
  if (tensor.type == StoredType::F64) return read_as<double>(file, tensor);
  reject("{} has type {}, which load_weights does not support", tensor.name,
         stored_name(tensor.type));
}

py::dict weights_in(const SafetensorsReader& file) {
  py::dict weights;
  for (const StoredTensor& tensor : file.tensors()) {
    if (is_of_agent(tensor.name)) weights[py::str(tensor.name)] = read_tensor(file, tensor);
  }
  return weights;
}

py::dict load_weights(const std::filesystem::path& run,
                      const std::optional<std::string>& checkpoint) {
  const std::string name = run.string();
  const CheckpointChoice choice = checkpoint_choice(checkpoint.value_or(""));
  open_checkpoint(name, choice);  // rejects anything that is not a checkpoint
  for (const Asset& asset : builtin_policies()) {
    const bool named = asset.name.substr(0, asset.name.rfind('.')) == name;
    if (named && !std::filesystem::exists(name)) {
      return weights_in(SafetensorsReader("the shipped policy " + name, asset.text));
    }
  }
  return weights_in(SafetensorsReader(find_checkpoint(name, choice)));
}

}  // namespace

void bind_weights(py::module_& module) {
  module.def("load_weights", load_weights, py::arg("run"), py::arg("checkpoint") = py::none(),
             R"(Returns the weights in a checkpoint, without tensors that only training needs.

Args:
    run (str, os.PathLike or Run): a run's folder, a checkpoint file, a folder written by `seqrl export`, or a shipped
        policy.
    checkpoint (str, optional): "last" or "best", if `run` is a folder that has it. Default: the
        last checkpoint of a run, the model of an exported folder.

Returns:
    dict[str, numpy.ndarray]: float32 or float64 arrays by their name in the checkpoint: "model.…",
    and the mean and standard deviation of observations, "observation.…".

Raises:
    UserError: there is no such checkpoint, or it is damaged.)");
}

}  // namespace seqrl::tools

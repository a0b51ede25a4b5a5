// The parts of the Python module, one file each.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <span>
#include <string>
#include <vector>

namespace seqrl::tools {

void bind_errors(pybind11::module_& module);
void bind_actor(pybind11::module_& module);
void bind_collect(pybind11::module_& module);
void bind_dataset(pybind11::module_& module);
void bind_env(pybind11::module_& module);
void bind_evaluate(pybind11::module_& module);
void bind_run(pybind11::module_& module);
void bind_train(pybind11::module_& module);
void bind_weights(pybind11::module_& module);

// Row-major numbers, converted where necessary.
template <typename T>
using NumpyArray = pybind11::array_t<T, pybind11::array::c_style | pybind11::array::forcecast>;

// A Python value as an array of that shape. Anything else is an Error of kind user that calls the
// value `what`. Objects that support DLPack, such as torch tensors, are read in place.
NumpyArray<double> to_numbers(const pybind11::object& given, const std::string& what,
                              const std::vector<pybind11::ssize_t>& shape);

template <typename T>
std::span<const T> values_of(const NumpyArray<T>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

}  // namespace seqrl::tools

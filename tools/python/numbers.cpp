#include <fmt/format.h>
#include <fmt/ranges.h>

#include "configs/base/error.h"
#include "tools/python/bindings.h"

namespace seqrl::tools {

namespace py = pybind11;

namespace {

// A numpy array on the memory of an object that supports DLPack; other objects are returned as they
// are.
py::object on_its_memory(const py::object& given, const std::string& what) {
  if (py::isinstance<py::array>(given) || !py::hasattr(given, "__dlpack__")) return given;
  try {
    return py::module_::import("numpy").attr("from_dlpack")(given);
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_Exception)) throw;
    reject("{} cannot be read in place: {}; pass a CPU tensor without a gradient", what,
           py::str(error.value()).cast<std::string>());
  }
}

}  // namespace

NumpyArray<double> to_numbers(const py::object& given, const std::string& what,
                              const std::vector<py::ssize_t>& shape) {
  auto array = NumpyArray<double>::ensure(on_its_memory(given, what));
  if (!array) {
    PyErr_Clear();
    reject("{} is not an array of numbers, but {}", what,
           py::str(py::type::of(given).attr("__name__")).cast<std::string>());
  }
  const std::vector<py::ssize_t> got(array.shape(), array.shape() + array.ndim());
  SEQRL_REQUIRE(got == shape, "{} has shape ({}), expected ({})", what, fmt::join(got, ", "),
                fmt::join(shape, ", "));
  return array;
}

}  // namespace seqrl::tools

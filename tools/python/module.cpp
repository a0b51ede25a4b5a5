// The Python module seqrl.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <exception>
#include <string>

#include "configs/base/error.h"
#include "tools/python/bindings.h"

namespace seqrl::tools {

namespace py = pybind11;

NumpyArray<double> to_numbers(const py::object& given, const std::string& what,
                              const std::vector<py::ssize_t>& shape) {
  auto array = NumpyArray<double>::ensure(given);
  if (!array) {
    PyErr_Clear();
    reject("{} is no array of numbers, but {}", what,
           py::str(py::type::of(given).attr("__name__")).cast<std::string>());
  }
  const std::vector<py::ssize_t> got(array.shape(), array.shape() + array.ndim());
  SEQRL_REQUIRE(got == shape, "{} has shape ({}), expected ({})", what, fmt::join(got, ", "),
                fmt::join(shape, ", "));
  return array;
}

namespace {

// Users' mistakes are ValueErrors, everything else is a RuntimeError.
void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const Error& error) {
    PyErr_SetString(error.kind() == ErrorKind::user ? PyExc_ValueError : PyExc_RuntimeError,
                    error.what());
  }
}

}  // namespace
}  // namespace seqrl::tools

namespace {

// Before 2.12 pybind11 reads numpy 2's arrays with strides that are wrong.
void require_known_numpy() {
#if PYBIND11_VERSION_HEX < 0x020C0000
  const auto version = pybind11::module_::import("numpy").attr("__version__").cast<std::string>();
  if (std::stoi(version) < 2) return;
  throw pybind11::import_error(
      "seqrl: built with a pybind11 older than 2.12, which does not know numpy " + version +
      "; install numpy<2, or build seqrl with a newer pybind11");
#endif
}

}  // namespace

PYBIND11_MODULE(seqrl, module) {
  require_known_numpy();
  module.doc() = "Acting with agents that seqrl trained, its environments and datasets.";
  module.attr("__version__") = SEQRL_VERSION;
  pybind11::register_exception_translator(seqrl::tools::translate);
  seqrl::tools::bind_actor(module);
  seqrl::tools::bind_dataset(module);
  seqrl::tools::bind_env(module);
}

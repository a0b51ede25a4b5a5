#include "configs/base/error.h"

#include <exception>

#include "tools/python/bindings.h"

namespace seqrl::tools {
namespace {

namespace py = pybind11;

// The classes live as long as the interpreter.
PyObject* user_error = nullptr;
PyObject* failure = nullptr;

PyObject* add_class(py::module_& module, const char* name, const char* doc,
                    const py::handle& bases) {
  const std::string full = std::string("seqrl.") + name;
  PyObject* made = PyErr_NewExceptionWithDoc(full.c_str(), doc, bases.ptr(), nullptr);
  if (made == nullptr) throw py::error_already_set();
  module.attr(name) = py::handle(made);
  return made;
}

void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const Error& error) {
    PyErr_SetString(error.kind() == ErrorKind::user ? user_error : failure, error.what());
  }
}

}  // namespace

void bind_errors(py::module_& module) {
  PyObject* error =
      add_class(module, "Error", "The base class of seqrl's errors; their message is one line.",
                PyExc_Exception);
  user_error =
      add_class(module, "UserError",
                "Invalid input, such as a config, a file or an argument. Also a ValueError.",
                py::make_tuple(py::handle(error), py::handle(PyExc_ValueError)));
  failure = add_class(module, "Failure",
                      "A failure of the system, such as a full disk. Also a RuntimeError.",
                      py::make_tuple(py::handle(error), py::handle(PyExc_RuntimeError)));
  py::register_exception_translator(translate);
}

}  // namespace seqrl::tools

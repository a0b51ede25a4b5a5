#include "tools/commands/eval.h"

#include <pybind11/stl.h>

#include "tools/python/bindings.h"
#include "tools/python/watch.h"

namespace seqrl::tools {
namespace {

namespace py = pybind11;

// JSON, as `seqrl eval --json` prints it.
std::string evaluate_settings(const std::string& run, const std::vector<std::string>& settings) {
  Watch watch;
  std::optional<Measured> measured;
  {
    const py::gil_scoped_release release;
    measured = measure(run, settings, watch.monitor());
  }
  watch.rethrow();
  return measured.value().json;
}

}  // namespace

void bind_evaluate(py::module_& module) {
  module.def("evaluate_settings", evaluate_settings, py::arg("run"), py::arg("settings"),
             "Evaluates like `seqrl eval RUN key=value … --json` and returns the JSON text.");
}

}  // namespace seqrl::tools

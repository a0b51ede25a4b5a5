#include "tools/commands/collect.h"

#include <fmt/format.h>
#include <pybind11/stl.h>

#include "configs/base/error.h"
#include "tools/python/bindings.h"
#include "tools/python/watch.h"

namespace seqrl::tools {
namespace {

namespace py = pybind11;

Collected collect_settings(const std::vector<std::string>& settings) {
  Watch watch;
  try {
    const py::gil_scoped_release release;
    return collect_as_told(
        settings, [&](const CollectConfig& config) { return collect(config, watch.monitor()); });
  } catch (const Error&) {  // collecting was stopped
    watch.rethrow();
    throw;
  }
}

}  // namespace

void bind_collect(py::module_& module) {
  py::class_<Collected>(module, "Collected", R"(The summary of a dataset that `seqrl.collect` wrote.

Attributes:
    episodes (int): the number of episodes.
    transitions (int): the number of transitions.
    cut (int): the number of episodes that were cut off before their end.
    return_mean (float): the mean return of the other episodes; 0 if there are none.
    return_std (float): the standard deviation of these returns, of the population.)")
      .def_readonly("episodes", &Collected::episodes)
      .def_readonly("transitions", &Collected::transitions)
      .def_readonly("cut", &Collected::cut,
                    "int: the number of episodes that were cut off before their end.")
      .def_readonly("return_mean", &Collected::return_mean,
                    "float: the mean return of the episodes that ended; 0 if there are none.")
      .def_readonly("return_std", &Collected::return_std)
      .def("__repr__", [](const Collected& c) {
        return fmt::format(
            "<seqrl.Collected {} transitions in {} episodes, return {:.1f} ± {:.1f}>",
            c.transitions, c.episodes, c.return_mean, c.return_std);
      });
  module.def("collect_settings", collect_settings, py::arg("settings"),
             "Writes the dataset that the settings (key=value) describe.");
}

}  // namespace seqrl::tools

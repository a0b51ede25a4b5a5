#include <pybind11/stl.h>

#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "agents/config/run_config.h"
#include "configs/schema/config.h"
#include "tools/python/bindings.h"
#include "tools/reports/run_folder.h"

namespace seqrl::tools {
namespace {

namespace py = pybind11;

// One column per metric and one row per step; NaN if a step lacks the metric.
py::dict columns(const std::vector<MetricLine>& lines) {
  std::map<std::int64_t, py::ssize_t> rows;
  for (const MetricLine& line : lines) rows.emplace(line.step, 0);
  py::ssize_t next = 0;
  py::array_t<std::int64_t> steps(static_cast<py::ssize_t>(rows.size()));
  for (auto& [step, row] : rows) {
    row = next++;
    steps.mutable_at(row) = step;
  }
  std::map<std::string, py::array_t<double>> found;
  for (const MetricLine& line : lines) {
    for (const auto& [name, value] : line.values) {
      auto column = found.find(name);
      if (column == found.end()) {
        column = found.emplace(name, py::array_t<double>(next)).first;
        std::fill_n(column->second.mutable_data(), next, std::numeric_limits<double>::quiet_NaN());
      }
      column->second.mutable_at(rows.at(line.step)) = value;
    }
  }
  py::dict result;
  result["step"] = steps;
  for (const auto& [name, column] : found) result[py::str(name)] = column;
  return result;
}

// The numbers of an evaluation, by name.
py::dict numbers(const std::vector<Measure>& measures) {
  py::dict result;
  for (const Measure& measure : measures) result[py::str(measure.name)] = measure.value;
  return result;
}

py::dict read(const std::string& folder) {
  RunFolder run;
  {
    const py::gil_scoped_release release;
    run = read_run(folder);
  }
  py::dict result;
  result["metrics"] = columns(run.metrics);
  result["parameters"] = run.parameters;
  result["task"] = run.task();
  result["learner"] = run.learner();
  result["dataset"] = run.dataset;
  result["last"] = py::make_tuple(run.last_step, numbers(run.last));
  result["best"] = py::make_tuple(run.best_step, numbers(run.best));
  result["main_measure"] = main_measure(run.best);
  result["step"] = std::max(run.evaluated, run.metrics.empty() ? 0 : run.metrics.back().step);
  return result;
}

std::vector<std::string> find(const std::vector<std::string>& names) {
  std::vector<std::string> found;
  for (const auto& folder : find_runs(names)) found.push_back(folder.string());
  return found;
}

std::string config_of(const std::string& file) {
  return config_json(read_config<RunConfig>(file, {}, nullptr, PluginUse::describe)).dump();
}

}  // namespace

void bind_run(py::module_& module) {
  module.def("read_run", read, py::arg("folder"),
             "Returns the contents of the files in a run's folder.");
  module.def("find_runs", find, py::arg("names"),
             "Returns the run folders that names, parent folders and patterns refer to.");
  module.def("read_config", config_of, py::arg("file"), "Returns a run's config as JSON.");
}

}  // namespace seqrl::tools

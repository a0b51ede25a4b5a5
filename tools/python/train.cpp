#include <pybind11/stl.h>

#include <optional>

#include "agents/config/run_config.h"
#include "agents/runs/training_run.h"
#include "configs/base/printable.h"
#include "configs/base/shell.h"
#include "configs/schema/config.h"
#include "tools/python/bindings.h"
#include "tools/python/watch.h"

namespace seqrl::tools {
namespace {

namespace py = pybind11;

// Python's functions, each a function or None.
struct Callbacks {
  py::object on_step, on_message, on_evaluation;

  RunEvents events(Watch& watch) const {
    RunEvents events{.stop = [&watch] { return watch.stopped(); }};
    if (!on_step.is_none()) {
      events.on_step = [this, &watch](std::int64_t step, double loss) {
        watch.call([&] { on_step(step, loss); });
      };
    }
    if (!on_message.is_none()) {
      events.on_message = [this, &watch](const std::string& line) {
        watch.call([&] { on_message(line); });
      };
    }
    if (!on_evaluation.is_none()) {
      events.on_evaluated = [this, &watch](std::int64_t step, const std::string& json) {
        watch.call([&] { on_evaluation(step, json); });
      };
    }
    return events;
  }
};

// Raises the exception that stopped a run, for ctrl-C with a line on how to resume.
void raise_what_stopped(const Watch& watch, const TrainingRun& run) {
  try {
    watch.rethrow();
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_KeyboardInterrupt)) throw;
    const std::string line = fmt::format(
        "stopped after {} of {} steps; everything is saved: seqrl.resume({})", run.step(),
        run.config().training.steps, py::repr(py::str(run.folder().string())).cast<std::string>());
    PyErr_SetString(PyExc_KeyboardInterrupt, line.c_str());
    throw py::error_already_set();
  }
}

template <typename Begin>
std::string train(const Callbacks& callbacks, Begin begin) {
  Watch watch;
  std::optional<TrainingRun> run;
  {
    const py::gil_scoped_release release;
    std::vector<std::string> notes;
    run.emplace(begin(notes));
    if (!callbacks.on_message.is_none()) {
      watch.call([&] {
        for (const std::string& note : notes) callbacks.on_message("note: " + printable(note));
      });
    }
    run->run(callbacks.events(watch));
  }
  raise_what_stopped(watch, *run);
  return run->folder().string();
}

}  // namespace

void bind_train(py::module_& module) {
  module.def(
      "train_file",
      [](const std::string& path, const std::vector<std::string>& settings, py::object on_step,
         py::object on_message, py::object on_evaluation) {
        return train({std::move(on_step), std::move(on_message), std::move(on_evaluation)},
                     [&](std::vector<std::string>& notes) {
                       return TrainingRun::begin(
                           read_config<RunConfig>(path, settings, &notes, PluginUse::load));
                     });
      },
      py::arg("path"), py::arg("settings"), py::arg("on_step"), py::arg("on_message"),
      py::arg("on_evaluation"), "Trains the config in a file. Returns the run's folder.");
  module.def(
      "train_text",
      [](const std::string& text, const std::vector<std::string>& settings, py::object on_step,
         py::object on_message, py::object on_evaluation) {
        return train({std::move(on_step), std::move(on_message), std::move(on_evaluation)},
                     [&](std::vector<std::string>& notes) {
                       return TrainingRun::begin(read_config_text<RunConfig>(
                           text, "config", settings, &notes, PluginUse::load));
                     });
      },
      py::arg("text"), py::arg("settings"), py::arg("on_step"), py::arg("on_message"),
      py::arg("on_evaluation"),
      "Trains a config given as YAML or JSON text. Returns the run's folder.");
  module.def(
      "resume",
      [](const std::string& folder, const std::vector<std::string>& settings, py::object on_step,
         py::object on_message, py::object on_evaluation) {
        return train(
            {std::move(on_step), std::move(on_message), std::move(on_evaluation)},
            [&](std::vector<std::string>&) { return TrainingRun::resume(folder, settings); });
      },
      py::arg("folder"), py::arg("settings"), py::arg("on_step"), py::arg("on_message"),
      py::arg("on_evaluation"), "Resumes the run in a folder. Returns the folder.");
}

}  // namespace seqrl::tools

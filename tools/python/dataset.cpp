#include <fmt/format.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "agents/datasets/load.h"
#include "tools/python/bindings.h"

namespace seqrl::tools {
namespace {

namespace py = pybind11;

constexpr auto kArrays = {"observations",   "actions",         "rewards",
                          "returns_to_go",  "terminals",       "timeouts",
                          "episode_begins", "episode_lengths", "next_observations"};

// A read-only view of a dataset's memory, which keeps the dataset alive.
py::array_t<float> view(const py::object& dataset, std::span<const float> values,
                        std::int64_t columns) {
  const auto rows = dataset.cast<const Trajectories&>().transitions();
  std::vector<py::ssize_t> shape{rows};
  if (columns > 0) shape.push_back(columns);
  py::array_t<float> array(shape, values.data(), dataset);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

py::object observations(const py::object& dataset) {
  const auto& data = dataset.cast<const Trajectories&>();
  return view(dataset, data.observations(), data.observation_dim());
}
py::object actions(const py::object& dataset) {
  const auto& data = dataset.cast<const Trajectories&>();
  return view(dataset, data.actions(), data.action_dim());
}
py::object rewards(const py::object& dataset) {
  return view(dataset, dataset.cast<const Trajectories&>().rewards(), 0);
}
py::object returns_to_go(const py::object& dataset) {
  return view(dataset, dataset.cast<const Trajectories&>().returns_to_go(), 0);
}
py::object next_observations(const py::object& dataset) {
  const auto& data = dataset.cast<const Trajectories&>();
  if (!data.has_next_observations()) return py::none();
  return view(dataset, data.next_observations(), data.observation_dim());
}

// For each transition, whether it is the last of an episode that ended this way.
py::array_t<bool> ends(const Trajectories& data, EndKind kind) {
  py::array_t<bool> flags(data.transitions());
  std::fill_n(flags.mutable_data(), data.transitions(), false);
  for (const Episode& episode : data.episodes()) {
    if (episode.end == kind) flags.mutable_at(episode.begin + episode.length - 1) = true;
  }
  return flags;
}

template <typename Member>
py::array_t<std::int64_t> of_episodes(const Trajectories& data, Member member) {
  py::array_t<std::int64_t> values(std::ssize(data.episodes()));
  std::transform(data.episodes().begin(), data.episodes().end(), values.mutable_data(),
                 [member](const Episode& episode) { return episode.*member; });
  return values;
}

py::list episodes(const Trajectories& data) {
  py::list slices;
  for (const Episode& episode : data.episodes()) {
    slices.append(py::slice(episode.begin, episode.begin + episode.length, 1));
  }
  return slices;
}

std::unique_ptr<Trajectories> load(const std::string& path, bool keep_cut_episodes,
                                   bool next_observations) {
  const py::gil_scoped_release release;
  return std::make_unique<Trajectories>(load_dataset(
      path, {.keep_next_observations = next_observations, .keep_cut_episodes = keep_cut_episodes}));
}

py::list keys(const Trajectories& data) {
  py::list names;
  for (const char* name : kArrays) {
    if (std::string_view(name) != "next_observations" || data.has_next_observations()) {
      names.append(name);
    }
  }
  return names;
}

py::object item(const py::object& dataset, const std::string& name) {
  if (!keys(dataset.cast<const Trajectories&>()).contains(name)) throw py::key_error(name);
  return dataset.attr(name.c_str());
}

std::string text_of(const Trajectories& data) {
  return fmt::format("<seqrl.Dataset {}: {} transitions in {} episodes>", data.source().path,
                     data.transitions(), data.episodes().size());
}

}  // namespace

void bind_dataset(py::module_& module) {
  py::class_<Trajectories>(module, "Dataset",
                           R"(Recorded experience: arrays with a row for each transition.

float32 arrays are read-only views of the dataset's memory, which lives as long as any of them.
data["rewards"] is data.rewards, and dict(data) has all arrays.)")
      .def_property_readonly("observations", observations, "(N, observation_dim), float32.")
      .def_property_readonly("actions", actions, "(N, action_dim), float32.")
      .def_property_readonly("rewards", rewards, "(N,), float32.")
      .def_property_readonly("returns_to_go", returns_to_go,
                             "(N,), float32: the sum of rewards up to the end of the episode.")
      .def_property_readonly("next_observations", next_observations,
                             "(N, observation_dim), float32; None unless requested.")
      .def_property_readonly(
          "terminals", [](const Trajectories& d) { return ends(d, EndKind::terminated); },
          "(N,), bool: the last transition of each episode that terminated.")
      .def_property_readonly(
          "timeouts", [](const Trajectories& d) { return ends(d, EndKind::timeout); },
          "(N,), bool: the last transition of each episode that was truncated.")
      .def_property_readonly(
          "episode_begins", [](const Trajectories& d) { return of_episodes(d, &Episode::begin); },
          "(episodes,): the first transition of each episode.")
      .def_property_readonly(
          "episode_lengths", [](const Trajectories& d) { return of_episodes(d, &Episode::length); },
          "(episodes,).")
      .def_property_readonly("episodes", episodes,
                             "A slice for each episode: data.rewards[data.episodes[0]].")
      .def_property_readonly(
          "returns",
          [](const Trajectories& d) {
            return py::array_t<double>(static_cast<py::ssize_t>(d.returns().size()),
                                       d.returns().data());
          },
          "(episodes,), float64: the return of each episode.")
      .def_property_readonly(
          "env", [](const Trajectories& d) { return d.source().env; },
          "The name of its environment; \"\" if unknown.")
      .def_property_readonly(
          "notes", [](const Trajectories& d) { return d.source().notes; },
          "Notes about oddities of the data, one sentence each.")
      .def("keys", keys, "The names of the arrays.")
      .def("__getitem__", item, py::arg("name"), "The array of that name.")
      .def("__len__", &Trajectories::transitions)
      .def("__repr__", text_of);

  module.def(
      "load_dataset", load, py::arg("path"), py::arg("keep_cut_episodes") = false,
      py::arg("next_observations") = false,
      R"(Reads a dataset: a D4RL file, an OGBench file (.npz), or a Minari dataset by its folder or identifier.

Episodes that the recording cut off are excluded unless keep_cut_episodes; next_observations=True
keeps those of a D4RL file.)");
}

}  // namespace seqrl::tools

#include <fmt/format.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>
#include <filesystem>
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

std::unique_ptr<Trajectories> load(const std::filesystem::path& path, bool keep_cut_episodes,
                                   bool next_observations) {
  const py::gil_scoped_release release;
  return std::make_unique<Trajectories>(load_dataset(
      path.string(),
      {.keep_next_observations = next_observations, .keep_cut_episodes = keep_cut_episodes}));
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
  py::class_<Trajectories>(
      module, "Dataset",
      R"(A dataset in memory, as returned by `seqrl.load_dataset`: arrays of N transitions.

The float32 arrays are read-only views of the dataset's memory, which is freed with the last of
them. data["rewards"] is data.rewards, dict(data) contains all arrays, and len(data) is N.)")
      .def_property_readonly("observations", observations, "float32, (N, observation_dim).")
      .def_property_readonly(
          "actions", actions,
          "float32, (N, action_dim): for discrete actions, the index of the choice.")
      .def_property_readonly("rewards", rewards, "float32, (N,).")
      .def_property_readonly(
          "returns_to_go", returns_to_go,
          "float32, (N,): the undiscounted sum of rewards from the transition to the "
          "end of its episode.")
      .def_property_readonly(
          "next_observations", next_observations,
          "float32, (N, observation_dim); None unless `load_dataset` was called with "
          "next_observations=True.")
      .def_property_readonly(
          "terminals", [](const Trajectories& d) { return ends(d, EndKind::terminated); },
          "bool, (N,): true for the last transition of each episode that terminated.")
      .def_property_readonly(
          "timeouts", [](const Trajectories& d) { return ends(d, EndKind::timeout); },
          "bool, (N,): true for the last transition of each episode that was truncated.")
      .def_property_readonly(
          "episode_begins", [](const Trajectories& d) { return of_episodes(d, &Episode::begin); },
          "int64, (episodes,): the index of the first transition of each episode.")
      .def_property_readonly(
          "episode_lengths", [](const Trajectories& d) { return of_episodes(d, &Episode::length); },
          "int64, (episodes,): the number of transitions of each episode.")
      .def_property_readonly(
          "episodes", episodes,
          "list[slice]: the transitions of each episode: data.rewards[data.episodes[0]].")
      .def_property_readonly(
          "returns",
          [](const Trajectories& d) {
            return py::array_t<double>(static_cast<py::ssize_t>(d.returns().size()),
                                       d.returns().data());
          },
          "float64, (episodes,): the undiscounted return of each episode.")
      .def_property_readonly(
          "env", [](const Trajectories& d) { return d.source().env; },
          "str: the name of its environment; \"\" if unknown.")
      .def_property_readonly(
          "notes", [](const Trajectories& d) { return d.source().notes; },
          "list[str]: notes on peculiarities of the data, one sentence each.")
      .def("keys", keys, "Returns the names of the arrays (list[str]).")
      .def("__getitem__", item, py::arg("name"),
           "Returns the array of that name; KeyError if there is none.")
      .def("__contains__", [](const Trajectories& data,
                              const py::object& name) { return keys(data).contains(name); })
      .def("__iter__", [](const Trajectories& data) { return py::iter(keys(data)); })
      .def("__len__", &Trajectories::transitions)
      .def("__repr__", text_of);

  module.def("load_dataset", load, py::arg("path"), py::arg("keep_cut_episodes") = false,
             py::arg("next_observations") = false,
             R"(Reads a dataset into memory.

Args:
    path (str or os.PathLike): a D4RL file (HDF5), an OGBench file (.npz), or the folder or identifier of a Minari
        dataset ("D4RL/door/human-v2"). Nothing is downloaded.
    keep_cut_episodes (bool): keep episodes that the recording cut off, whose returns are too low.
    next_observations (bool): also read next_observations.

Returns:
    Dataset: the transitions, in the order of their episodes.

Raises:
    UserError: there is no such dataset, it is damaged, it has no complete episode, or its file has
        no next_observations and they were requested.)");
}

}  // namespace seqrl::tools

#include <algorithm>
#include <memory>

#include "agents/datasets/load.h"
#include "tools/python/bindings.h"

namespace seqrl::tools {
namespace {

namespace py = pybind11;

// A view on memory that `owner` holds, to be read only.
py::array_t<float> view(std::span<const float> values, const std::vector<py::ssize_t>& shape,
                        const py::capsule& owner) {
  py::array_t<float> array(shape, values.data(), owner);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

// Whether each transition is the last of an episode that ended so.
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

py::dict load(const std::string& path, bool keep_cut_episodes, bool next_observations) {
  std::unique_ptr<Trajectories> loaded;
  {
    const py::gil_scoped_release release;
    loaded = std::make_unique<Trajectories>(load_dataset(
        path,
        {.keep_next_observations = next_observations, .keep_cut_episodes = keep_cut_episodes}));
  }
  const Trajectories& data = *loaded;
  const py::ssize_t rows = data.transitions();
  // The arrays are views: the dataset exists once, for as long as one of them.
  const py::capsule owner(loaded.release(),
                          [](void* memory) { delete static_cast<Trajectories*>(memory); });
  py::dict arrays;
  arrays["observations"] = view(data.observations(), {rows, data.observation_dim()}, owner);
  arrays["actions"] = view(data.actions(), {rows, data.action_dim()}, owner);
  arrays["rewards"] = view(data.rewards(), {rows}, owner);
  if (data.has_next_observations()) {
    arrays["next_observations"] =
        view(data.next_observations(), {rows, data.observation_dim()}, owner);
  }
  arrays["terminals"] = ends(data, EndKind::terminated);
  arrays["timeouts"] = ends(data, EndKind::timeout);
  arrays["returns_to_go"] = view(data.returns_to_go(), {rows}, owner);
  arrays["episode_begins"] = of_episodes(data, &Episode::begin);
  arrays["episode_lengths"] = of_episodes(data, &Episode::length);
  return arrays;
}

}  // namespace

void bind_dataset(py::module_& module) {
  module.def("load_dataset", load, py::arg("path"), py::arg("keep_cut_episodes") = false,
             py::arg("next_observations") = false,
             R"(A D4RL file, or a Minari dataset by its folder or identifier, as a dict of arrays:

observations (N, d), actions (N, a), rewards (N,), returns_to_go (N,): float32; with
next_observations=True also those of a D4RL file; terminals (N,) and timeouts (N,): bool, the last
transition of each episode; episode_begins and episode_lengths (episodes,). Those of float32 are
views on one dataset, not to be written.

Episodes that the recording cut off are left out unless keep_cut_episodes.)");
}

}  // namespace seqrl::tools

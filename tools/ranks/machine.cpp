#include "tools/ranks/machine.h"

#include <sched.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace seqrl::tools {

Place Place::of_this_process() {
  Place place{.process = ProcessAddress::of_this_process(), .processors = {}};
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int i = 0; i < CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &set)) place.processors.push_back(i);
    }
  }
  return place;
}

std::string Place::text() const {
  return nlohmann::json{process.host, process.machine, process.names, process.pid, processors}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Place Place::from_text(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  return {.process = {.host = json[0], .machine = json[1], .names = json[2], .pid = json[3]},
          .processors = json[4].get<std::vector<int>>()};
}

int number_on_machine(int rank, const std::vector<Place>& places) {
  const auto own = places.begin() + rank;
  return static_cast<int>(std::count_if(places.begin(), own, [&](const Place& place) {
    return place.process.machine == own->process.machine;
  }));
}

int threads_of(int rank, const std::vector<Place>& places) {
  const Place& mine = places[static_cast<std::size_t>(rank)];
  double threads = 0;
  for (const int processor : mine.processors) {
    const auto shared = std::ranges::count_if(places, [&](const Place& place) {
      return place.process.machine == mine.process.machine &&
             std::ranges::count(place.processors, processor) > 0;
    });
    threads += 1 / static_cast<double>(shared);
  }
  return std::max(1, static_cast<int>(threads + 1e-6));
}

}  // namespace seqrl::tools

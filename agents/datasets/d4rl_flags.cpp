#include "agents/datasets/d4rl_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "agents/datasets/hdf5_file.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

using Names = std::vector<std::string>;

// In search order. Those of the second list may also mark terminals: a terminal that is also a
// timeout is a terminal.
const Names kTerminals = {"terminals",  "terminal",    "terminations", "termination",
                          "terminated", "is_terminal", "dones",        "done"};
const Names kTimeouts = {"timeouts",
                         "timeout",
                         "truncations",
                         "truncation",
                         "truncated",
                         "truncateds",
                         "truncates",
                         "episode_terminals",
                         "episode_terminal",
                         "episode_ends",
                         "episode_end",
                         "ends",
                         "dones",
                         "done",
                         "is_last",
                         "last"};

using Flags = std::vector<std::uint8_t>;

// The flags of an array with one for each row; nothing if it holds something else.
std::optional<Flags> flags_in(const Hdf5File& file, const std::string& name, std::int64_t rows) {
  if (!file.holds_numbers(name)) return std::nullopt;
  const std::vector<std::int64_t> shape = file.shape(name);
  const bool column = shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
  if (!column || shape[0] != rows) return std::nullopt;
  std::vector<double> numbers(static_cast<std::size_t>(rows));
  file.read(name, numbers);
  if (std::ranges::any_of(numbers, [](double x) { return x != 0 && x != 1; })) return std::nullopt;
  return Flags(numbers.begin(), numbers.end());
}

bool is_set(std::uint8_t flag) {
  return flag != 0;
}

}  // namespace

EndFlags find_end_flags(const Hdf5File& file, std::int64_t rows) {
  EndFlags found{.terminals = kTerminals[0], .timeouts = "", .notes = {}};
  Flags terminals;
  for (const std::string& name : kTerminals) {
    if (name == kTerminals[0] && file.has_array(name)) {
      terminals = flags_in(file, name, rows).value_or(Flags());
      break;
    }
    const auto flags = flags_in(file, name, rows);
    if (!flags) continue;
    terminals = *flags;
    found.terminals = name;
    found.notes.push_back(fmt::format("no 'terminals': '{}' marks terminations instead", name));
    break;
  }

  // Whether an array marks an end that is not a terminal.
  const auto adds = [&](const Flags& flags) {
    for (std::size_t i = 0; i < flags.size() && i < terminals.size(); ++i) {
      if (flags[i] > terminals[i]) return true;
    }
    return false;
  };
  const bool has_timeouts = file.has_array(kTimeouts[0]);
  const Flags timeouts =
      has_timeouts ? flags_in(file, kTimeouts[0], rows).value_or(Flags()) : Flags();
  const bool never_set = has_timeouts && std::ranges::none_of(timeouts, is_set);
  if (has_timeouts) found.timeouts = kTimeouts[0];
  for (const std::string& name : kTimeouts) {
    if ((has_timeouts && !never_set) || name == kTimeouts[0] || name == found.terminals) continue;
    const auto flags = flags_in(file, name, rows);
    if (!flags || !adds(*flags)) continue;
    found.timeouts = name;
    found.notes.push_back(fmt::format("{}: '{}' marks the ends of episodes without a terminal",
                                      never_set ? "'timeouts' is never set" : "no 'timeouts'",
                                      name));
    break;
  }
  if (never_set && found.timeouts == kTimeouts[0]) {
    found.notes.emplace_back("'timeouts' is never set: episodes end at terminals only");
  }

  for (const std::string& name : file.members("/")) {
    if (name == found.terminals || name == found.timeouts || !file.holds_booleans(name)) continue;
    const auto flags = flags_in(file, name, rows);
    if (!flags || std::ranges::none_of(*flags, is_set) || !adds(*flags) || *flags == timeouts) {
      continue;
    }
    found.notes.push_back(fmt::format(
        "the flags in {} are not read; if they mark the ends of episodes, name them 'timeouts'",
        shown(name)));
  }
  return found;
}

}  // namespace seqrl

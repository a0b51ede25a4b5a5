// Notes of environments, for the user: what their processes print, and why an episode is invalid.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace seqrl {

// Keeps a note until someone takes it. A note that is there already is counted. Thread-safe.
void add_env_note(const std::string& env, const std::string& text);

// Notes that a process of `env` has printed so many more lines, the last of which is `last`.
void add_env_output(const std::string& env, std::int64_t lines, const std::string& last);

// What add_env_note() brought since the last call, one line each, at most a dozen. Thread-safe.
std::vector<std::string> take_env_faults();

// The same, then a line for each environment whose processes printed. Of one that goes on printing
// there is one each time that the number of its lines has doubled. Thread-safe.
std::vector<std::string> take_env_notes();

}  // namespace seqrl

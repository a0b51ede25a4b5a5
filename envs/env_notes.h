// Notes of environments for the user: output of their processes, and why an episode is invalid.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace seqrl {

// Keeps a note until it is taken. A repeated note is counted. Thread-safe.
void add_env_note(const std::string& env, const std::string& text);

// Notes that a process of `env` has printed `lines` more lines, ending with `last`.
void add_env_output(const std::string& env, std::int64_t lines, const std::string& last);

// The notes added since the last call, one line each, at most a dozen. Thread-safe.
std::vector<std::string> take_env_faults();

// The same, then a line for each environment that printed output. If one keeps printing, it is
// reported each time its number of lines has doubled. Thread-safe.
std::vector<std::string> take_env_notes();

}  // namespace seqrl

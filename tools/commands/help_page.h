// The pages that --help and `seqrl help` print.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/commands/command.h"

namespace seqrl::tools {

// "seqrl eval RUN|CHECKPOINT [key=value …] [OPTIONS]"
std::string usage(const Command& command);

// The page of the program and that of a command: usage, arguments and options, examples.
std::string program_help(const std::vector<Command>& commands, std::size_t width);
std::string command_help(const Command& command, std::size_t width);

}  // namespace seqrl::tools

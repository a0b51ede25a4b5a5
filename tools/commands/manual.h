// Manual pages, made of what commands declare.
#pragma once

#include <string>
#include <vector>

#include "tools/commands/command.h"

namespace seqrl::tools {

// seqrl(1) and seqrl-COMMAND(1), in troff's man macros.
std::string program_manual(const std::vector<Command>& commands);
std::string command_manual(const Command& command);

}  // namespace seqrl::tools

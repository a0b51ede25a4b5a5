// Parses the command line and runs the command that it names.
#pragma once

namespace seqrl::tools {

// Runs the command that the arguments name and returns its exit status. Returns 2, with a line on
// stderr, if the arguments do not match the command's help. Throws Error.
int run_command_line(int argc, char** argv);

}  // namespace seqrl::tools

// The command line: it is parsed, and the command that it names is run.
#pragma once

namespace seqrl::tools {

// Runs the command that the arguments name and returns its exit status; 2, and a line on stderr,
// where they are not as its help says. Throws Error.
int run_command_line(int argc, char** argv);

}  // namespace seqrl::tools

// The program's commands, one file each, and the list of them.
#pragma once

#include <vector>

#include "tools/commands/command.h"

namespace seqrl::tools {

Command train_command();       // a run
Command sweep_command();       // many runs from one file
Command eval_command();        // a checkpoint's returns and scores
Command info_command();        // what is in a dataset, a checkpoint, a run or a config
Command list_command();        // the names that a config may use
Command sample_command();      // text from a language model
Command table_command();       // runs as a table
Command plot_command();        // runs as pictures
Command figure_command();      // costs as pictures
Command render_command();      // a run as a video
Command view_command();        // an agent in a window
Command report_command();      // a run as a page
Command track_command();       // runs sent to a tracker
Command export_command();      // a run as a folder to share
Command check_command();       // a recording, a backbone or an environment; 1 on failure
Command collect_command();     // a dataset from a policy or a replay buffer
Command bench_command();       // speed
Command completion_command();  // completion scripts for shells
Command help_command();        // help on the others, and on the keys of a config

// All of them, in the order of the help.
std::vector<Command> all_commands();

}  // namespace seqrl::tools

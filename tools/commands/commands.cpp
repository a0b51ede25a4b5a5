#include "tools/commands/commands.h"

namespace seqrl::tools {

std::vector<Command> all_commands() {
  return {train_command(),  sweep_command(),      eval_command(),  info_command(),
          list_command(),   sample_command(),     table_command(), plot_command(),
          figure_command(), render_command(),     view_command(),  report_command(),
          track_command(),  export_command(),     check_command(), collect_command(),
          bench_command(),  completion_command(), help_command()};
}

}  // namespace seqrl::tools

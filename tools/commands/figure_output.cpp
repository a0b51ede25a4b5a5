#include "tools/commands/figure_output.h"

#include <fmt/format.h>

#include <iostream>

#include "configs/base/printable.h"
#include "tools/commands/interrupt.h"
#include "tools/reports/drawing.h"
#include "tools/work_display.h"

namespace seqrl::tools {

void print_and_draw(const std::vector<Figure>& figures, const std::filesystem::path& folder) {
  write_csv(figures, folder);
  for (const Figure& figure : figures) {
    std::cout << fmt::format("{}: {}\n\n{}\n", printable(figure.title), printable(figure.y_label),
                             to_markdown(figure));
  }
  with_progress("draw", interrupted,
                [&](const auto& monitor) { draw_all(figures, folder, monitor); });
}

}  // namespace seqrl::tools

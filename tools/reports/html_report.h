// A report: one run, or several side by side, as one self-contained HTML page.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/reports/figure.h"
#include "tools/reports/run_folder.h"
#include "tools/reports/score_table.h"

namespace seqrl::tools {

// An MP4 or GIF of a run, embedded. The poster is a JPEG, shown before the video plays, or "".
struct ReportVideo {
  std::filesystem::path path;
  std::string title, poster;
};

struct Report {
  std::vector<RunFolder> runs;      // at least one
  std::vector<Figure> figures;      // of all runs
  std::optional<ScoreTable> seeds;  // if several runs differ only in their seed
  std::vector<ReportVideo> videos;
  std::vector<std::string> notes;  // what is missing, and why
};

// The whole page. It loads nothing, and forbids the browser to load anything.
std::string to_html(const Report& report);

}  // namespace seqrl::tools

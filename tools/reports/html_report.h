// A report: one run, or several beside one another, as one HTML page that needs no other file.
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
  std::vector<Figure> figures;      // of all of them
  std::optional<ScoreTable> seeds;  // where several runs differ in nothing but their seed
  std::vector<ReportVideo> videos;
  std::vector<std::string> notes;  // what is missing, and why
};

// The whole page. It loads nothing, and says so to the browser.
std::string to_html(const Report& report);

}  // namespace seqrl::tools

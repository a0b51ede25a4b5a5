// A report: a run as one HTML page that needs no other file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/reports/run_folder.h"

namespace seqrl::tools {

// A picture of a page: SVG text, inlined.
struct ReportPicture {
  std::string title, svg;
};

struct Report {
  const RunFolder& run;
  std::vector<ReportPicture> pictures;
  std::vector<std::filesystem::path> videos;  // embedded
  std::vector<std::string> notes;             // what is missing, and why
};

// The whole page. It loads nothing: no script, no font, no link.
std::string to_html(const Report& report);

}  // namespace seqrl::tools

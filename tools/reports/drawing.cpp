#include "tools/reports/drawing.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/process.h"
#include "tools/media.h"
#include "tools/reports/gnuplot_script.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

// gnuplot's output, kept in memory until it is known to be complete.
std::string drawn(const Figure& figure, PictureFormat format, bool (*is_whole)(std::string_view),
                  const fs::path& path) {
  Process gnuplot({"gnuplot", "-"}, {.feed = true, .capture = true}, "gnuplot-nox");
  const bool fed = gnuplot.write(gnuplot_script(figure, format));
  const int status = gnuplot.wait();
  std::string picture = gnuplot.captured();
  if (status == 0 && fed && is_whole(picture)) return picture;
  const std::string said = gnuplot.last_error();
  fail("gnuplot failed to write {}: {}", path.string(),
       said.empty() ? fmt::format("its output is incomplete (exit status {})", status) : said);
}

}  // namespace

void draw(const Figure& figure, const fs::path& folder) {
  const fs::path svg = folder / (figure.name + ".svg"), png = folder / (figure.name + ".png");
  write_file_atomically(svg, drawn(figure, PictureFormat::svg, is_whole_svg, svg));
  write_file_atomically(png, drawn(figure, PictureFormat::png, is_whole_png, png));
}

void draw_all(const std::vector<Figure>& figures, const fs::path& folder,
              const ProgressMonitor& monitor) {
  for (std::size_t i = 0; i < figures.size(); ++i) {
    monitor.advance(static_cast<std::int64_t>(i), std::ssize(figures), "figures");
    if (monitor.stopped()) fail("interrupted; {} of {} figures were written", i, figures.size());
    draw(figures[i], folder);
  }
}

}  // namespace seqrl::tools

#include "models/training/metrics.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "configs/base/error.h"

namespace seqrl {
namespace {

// A line cut short never parses: its closing brace is missing.
bool belongs_before(std::string_view line, std::int64_t step) {
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return false;
  const auto found = json.find("step");
  return found != json.end() && found->is_number_integer() && found->get<std::int64_t>() <= step;
}

// Drops what does not belong to a run that stands at `step`; the path, for the lines to come.
std::filesystem::path cut_back(const std::filesystem::path& path, std::int64_t step) {
  if (!std::filesystem::exists(path)) return path;
  const std::string content = read_file(path);
  std::string kept;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find('\n', begin), content.size());
    const auto line = std::string_view(content).substr(begin, end - begin);
    if (belongs_before(line, step)) kept.append(line).push_back('\n');
    begin = end + 1;
  }
  if (kept != content) write_file_atomically(path, kept);
  return path;
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& folder, std::int64_t step)
    : lines_(cut_back(folder / "metrics.jsonl", step), OutputFile::Mode::append),
      events_(folder, step) {}

void MetricsLog::append(std::int64_t step, std::span<const Metric> metrics) {
  nlohmann::ordered_json line = {{"step", step}};
  for (const Metric& metric : metrics) {
    SEQRL_CHECK(!line.contains(metric.name));
    line[metric.name] =
        std::isfinite(metric.value) ? nlohmann::ordered_json(metric.value) : nullptr;
  }
  lines_.write(line.dump() + "\n");
  events_.append(step, metrics);
}

void MetricsLog::sync() {
  lines_.sync();
  events_.sync();
}

}  // namespace seqrl

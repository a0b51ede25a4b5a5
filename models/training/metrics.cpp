#include "models/training/metrics.h"

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/files.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLines = "metrics.jsonl";
constexpr const char* kTiming = "timing.jsonl";

// The step of a line; nullopt if the line is not valid. A truncated line never parses because its
// closing brace is missing.
std::optional<std::int64_t> step_of(const nlohmann::json& line) {
  const auto found = line.is_object() ? line.find("step") : line.end();
  if (found == line.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

nlohmann::json parsed(std::string_view line) {
  return nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
}

// Calls visit(line, json) for each whole line of a file, until it returns false.
template <class Visit>
void each_line(const fs::path& path, const Visit& visit) {
  if (!fs::exists(path)) return;
  const std::string content = read_file(path);
  std::size_t begin = 0;
  for (std::size_t end; (end = content.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const auto line = std::string_view(content).substr(begin, end - begin);
    if (!visit(line, parsed(line))) return;
  }
}

// The number of bytes of metrics.jsonl that belong to a run at `position`. If the position does not
// say, or the file has changed since, lines of later steps are dropped from the file.
std::int64_t cut_back(const fs::path& path, const LogPosition& position) {
  SEQRL_REQUIRE(!fs::is_symlink(path),
                "{}: is a symbolic link, which is not written through; remove it", path.string());
  if (!fs::exists(path)) return 0;
  const std::string content = read_file(path);
  const auto size = static_cast<std::int64_t>(content.size()), known = position.metrics;
  const bool fits = known >= 0 && known <= size;
  if (fits && (known == 0 || content[static_cast<std::size_t>(known) - 1] == '\n')) return known;
  std::string kept;
  each_line(path, [&](std::string_view line, const nlohmann::json& json) {
    const auto step = step_of(json);
    if (step && *step <= position.step) kept.append(line).push_back('\n');
    return true;
  });
  if (kept != content) write_file_atomically(path, kept);
  return static_cast<std::int64_t>(kept.size());
}

double seconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

double to_milliseconds(double seconds) {
  return std::round(seconds * 1000) / 1000;
}

}  // namespace

MetricsLog::MetricsLog(const fs::path& folder, const LogPosition& position,
                       nlohmann::ordered_json machine)
    : lines_(folder / kLines, cut_back(folder / kLines, position)),
      events_(folder, position.step, position.events),
      before_(cut_back_timing(folder, position.step)),
      timing_(folder / kTiming, before_.bytes),
      machine_(std::move(machine)) {}

// Keeps one line for each line that metrics.jsonl has kept.
MetricsLog::Timing MetricsLog::cut_back_timing(const fs::path& folder, std::int64_t step) {
  std::int64_t at_step = 0;
  each_line(folder / kLines, [&](std::string_view, const nlohmann::json& json) {
    if (step_of(json) == step) ++at_step;
    return true;
  });
  Timing kept;
  each_line(folder / kTiming, [&](std::string_view line, const nlohmann::json& json) {
    const auto of = step_of(json);
    if (!of || *of > step || (*of == step && --at_step < 0)) return false;
    kept.bytes += static_cast<std::int64_t>(line.size()) + 1;
    const auto seconds = json.find("seconds");
    if (seconds != json.end() && seconds->is_number()) kept.seconds = seconds->get<double>();
    return true;
  });
  return kept;
}

void MetricsLog::append(std::int64_t step, std::span<const Metric> metrics) {
  nlohmann::ordered_json line = {{"step", step}};
  for (const Metric& metric : metrics) {
    SEQRL_CHECK(!line.contains(metric.name));
    line[metric.name] =
        std::isfinite(metric.value) ? nlohmann::ordered_json(metric.value) : nullptr;
  }
  time(step);
  lines_.write(line.dump() + "\n");
  events_.append(step, metrics);
}

void MetricsLog::time(std::int64_t step) {
  nlohmann::ordered_json line = {{"step", step},
                                 {"seconds", to_milliseconds(before_.seconds + watch_.seconds())},
                                 {"time", to_milliseconds(seconds_since_1970())}};
  if (!machine_.is_null()) line["machine"] = std::exchange(machine_, nullptr);
  timing_.write(line.dump() + "\n");
}

void MetricsLog::sync() {
  lines_.sync();
  events_.sync();
  timing_.sync();
}

}  // namespace seqrl

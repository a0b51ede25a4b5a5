#include "tools/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace seqrl::tools {
namespace {

constexpr double kBarInterval = 0.1, kLineInterval = 30;  // seconds
constexpr double kRateMemory = 5;         // the averaging time of the shown rate, seconds
constexpr int kMinBar = 8, kMaxBar = 40;  // columns

int columns(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// The first `width` complete characters.
std::string_view cut(std::string_view text, int width) {
  std::size_t end = text.size();
  while (columns(text.substr(0, end)) > std::max(width, 0)) --end;
  while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;
  return text.substr(0, end);
}

double fraction_of(const ProgressState& state) {
  if (state.fraction) return std::clamp(*state.fraction, 0.0, 1.0);
  if (state.total <= 0) return 1;
  return std::clamp(static_cast<double>(state.step) / static_cast<double>(state.total), 0.0, 1.0);
}

// Rounded down: 100 only when done.
int percent_of(const ProgressState& state) {
  return static_cast<int>(100 * fraction_of(state));
}

std::string bar(double fraction, int width, bool utf8) {
  constexpr std::array<std::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int parts = utf8 ? 8 : 1;
  const int filled = static_cast<int>(fraction * width * parts);
  std::string text;
  for (int i = 0; i < filled / parts; ++i) text += utf8 ? "█" : "#";
  if (utf8) text += kEighths[static_cast<std::size_t>(filled % parts)];
  text.append(static_cast<std::size_t>(width - columns(text)), ' ');
  return text;
}

// Steps per second with about three digits.
std::string rate_text(double rate) {
  return rate >= 100 ? fmt::format("{:.0f} it/s", rate) : fmt::format("{:.3g} it/s", rate);
}

std::string unit_of(const ProgressState& state) {
  return state.unit.empty() ? "" : " " + state.unit;
}

std::string details(const ProgressState& state) {
  std::string text;
  if (state.steps_per_second) text += ", " + rate_text(*state.steps_per_second);
  if (state.loss) text += fmt::format(", loss {:.4g}", *state.loss);
  if (state.seconds_left) text += fmt::format(", {} left", duration_text(*state.seconds_left));
  return text;
}

// The locale's character set. setlocale() would change how numbers are read and printed.
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string codeset = value;
    std::transform(codeset.begin(), codeset.end(), codeset.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return codeset.find("utf-8") != std::string::npos || codeset.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

double steady_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::string duration_text(double seconds) {
  constexpr double kLongest = 1e9;  // about thirty years
  if (!(seconds >= 0 && seconds < kLongest)) return "?";
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  const std::int64_t days = whole / 86400, hours = whole / 3600 % 24, minutes = whole / 60 % 60;
  if (days > 0) return fmt::format("{}d {:02}:{:02}:{:02}", days, hours, minutes, whole % 60);
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string progress_bar(const ProgressState& state, int width, bool utf8) {
  const std::string left = fmt::format("{} {:3}% ", state.label, percent_of(state));
  const std::string right =
      fmt::format("{}/{}{}{}", state.step, state.total, unit_of(state), details(state));
  // Terminals break the line when its last column is written.
  const int room = width - 1 - columns(left) - columns(right) - columns("|| ");
  if (room < kMinBar) return std::string(cut(left + right, width - 1));
  const std::string filled = bar(fraction_of(state), std::min(room, kMaxBar), utf8);
  return fmt::format("{}|{}| {}", left, filled, right);
}

std::string progress_line(const ProgressState& state) {
  return fmt::format("{} {}/{}{} ({}%){}", state.label, state.step, state.total, unit_of(state),
                     percent_of(state), details(state));
}

Terminal terminal_of(int file_descriptor) {
  const char* kind = std::getenv("TERM");
  Terminal terminal;
  terminal.interactive =
      ::isatty(file_descriptor) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
  terminal.utf8 = locale_is_utf8();
  terminal.width = [file_descriptor] {
    winsize size{};
    const bool known = ::ioctl(file_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? static_cast<int>(size.ws_col) : 80;
  };
  return terminal;
}

Progress::Progress(std::ostream& out, Terminal terminal, std::string label, std::int64_t first_step,
                   std::int64_t total, Clock clock)
    : out_(out),
      terminal_(std::move(terminal)),
      clock_(clock ? std::move(clock) : steady_seconds),
      first_step_(first_step),
      start_(clock_()),
      last_draw_(start_),
      last_draw_step_(first_step) {
  state_.label = std::move(label);
  state_.step = first_step;
  state_.total = total;
}

Progress::~Progress() {
  if (bar_shown_) out_ << '\n' << std::flush;
}

void Progress::update(std::int64_t step, std::optional<double> loss) {
  state_.step = step;
  if (loss) state_.loss = loss;
  const double now = clock_();
  if (now - last_draw_ < (terminal_.interactive ? kBarInterval : kLineInterval)) return;
  measure(now);
  draw();
}

void Progress::print(const std::string& line) {
  const bool redraw = bar_shown_;
  erase();
  out_ << line << '\n' << std::flush;
  if (redraw) draw();
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  measure(clock_());
  // At the end there is no time left, and the shown rate is that of the whole run.
  const double elapsed = last_draw_ - start_;
  state_.seconds_left = std::nullopt;
  if (elapsed > 0) {
    state_.steps_per_second = static_cast<double>(state_.step - first_step_) / elapsed;
  }
  draw();
  if (bar_shown_) out_ << '\n' << std::flush;
  bar_shown_ = false;
}

// The shown rate is that of the last seconds. The time left uses the rate since the start.
void Progress::measure(double now) {
  const double interval = now - last_draw_, elapsed = now - start_;
  if (interval > 0) {
    const double keep = std::exp(-interval / kRateMemory);
    const double rate = static_cast<double>(state_.step - last_draw_step_) / interval;
    rate_ = keep * rate_ + (1 - keep) * rate;
    rate_weight_ = keep * rate_weight_ + (1 - keep);
    state_.steps_per_second = rate_ / rate_weight_;
  }
  if (state_.step > first_step_) {
    const double seconds_a_step = elapsed / static_cast<double>(state_.step - first_step_);
    state_.seconds_left = seconds_a_step * static_cast<double>(state_.total - state_.step);
  }
  last_draw_ = now;
  last_draw_step_ = state_.step;
}

void Progress::draw() {
  if (!terminal_.interactive) {
    out_ << progress_line(state_) << '\n' << std::flush;
    return;
  }
  erase();
  out_ << progress_bar(state_, terminal_.width(), terminal_.utf8) << std::flush;
  bar_shown_ = true;
}

// Moves to the start of the line and clears it.
void Progress::erase() {
  if (bar_shown_) out_ << "\r\x1b[K";
  bar_shown_ = false;
}

}  // namespace seqrl::tools

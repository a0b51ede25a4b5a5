#include "envs/env_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "configs/base/text.h"

namespace seqrl {
namespace {

constexpr std::size_t kMost = 12;

struct Output {
  std::int64_t lines = 0, told = 0;
  std::string last;
};

struct Notes {
  std::mutex mutex;
  std::vector<std::pair<std::string, std::int64_t>> texts;  // with counts
  std::int64_t others = 0;                                  // notes beyond kMost different ones
  std::map<std::string, Output> outputs;                    // by environment
};

Notes& notes() {
  static Notes& notes = *new Notes;  // never destroyed: environments may outlive it
  return notes;
}

}  // namespace

void add_env_note(const std::string& env, const std::string& text) {
  const std::string note = fmt::format("{}: {}", env, text);
  const std::lock_guard lock(notes().mutex);
  auto& texts = notes().texts;
  const auto found = std::ranges::find(texts, note, [](const auto& one) { return one.first; });
  if (found != texts.end()) {
    ++found->second;
  } else if (texts.size() < kMost) {
    texts.emplace_back(note, 1);
  } else {
    ++notes().others;
  }
}

void add_env_output(const std::string& env, std::int64_t lines, const std::string& last) {
  const std::lock_guard lock(notes().mutex);
  Output& output = notes().outputs[env];
  output.lines += lines;
  output.last = last;
}

std::vector<std::string> take_env_faults() {
  const std::lock_guard lock(notes().mutex);
  std::vector<std::string> taken;
  for (const auto& [text, count] : notes().texts) {
    taken.push_back(count == 1 ? text : fmt::format("{} ({} times)", text, count));
  }
  if (notes().others > 0) taken.push_back(fmt::format("{} other notes", notes().others));
  notes().texts.clear();
  notes().others = 0;
  return taken;
}

std::vector<std::string> take_env_notes() {
  std::vector<std::string> taken = take_env_faults();
  const std::lock_guard lock(notes().mutex);
  for (auto& [env, output] : notes().outputs) {
    if (output.lines < 2 * output.told || output.lines == output.told) continue;
    output.told = output.lines;
    taken.push_back(fmt::format("{}: its process printed {} line{}, the last: {}", env,
                                output.lines, output.lines == 1 ? "" : "s", shown(output.last)));
  }
  return taken;
}

}  // namespace seqrl

#include "agents/runs/run_hooks.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/printable.h"

namespace seqrl {
namespace {

// Further commands are skipped: a hanging command must not queue others for days.
constexpr std::size_t kMostWaiting = 16;

const std::string* command_of(const HooksConfig& config, const std::string& event) {
  for (const HooksConfig::Hook& hook : HooksConfig::all()) {
    if (event == hook.event) return &(config.*hook.command);
  }
  SEQRL_CHECK(!"an event of hooks");
  return nullptr;
}

}  // namespace

RunHooks::RunHooks(HooksConfig config, const std::filesystem::path& folder, Say say)
    : config_(std::move(config)), output_(folder / "hooks.txt"), say_(std::move(say)) {
  set("run", folder.string());
}

RunHooks::~RunHooks() {
  if (process_) process_->kill_group();
}

void RunHooks::set(const std::string& placeholder, std::string value) {
  values_[placeholder] = std::move(value);
}

// The shell receives the values as arguments, which it does not parse as commands, and sets them as
// environment variables.
void RunHooks::tell(const std::string& event) {
  const std::string& text = *command_of(config_, event);
  if (text.empty()) return;
  set("event", event);
  std::string script;
  std::vector<std::string> values;
  for (const std::string& name : hook_placeholders()) {
    values.push_back(values_[name]);
    script += fmt::format("export {}=\"${{{}}}\"\n", hook_variable(name), values.size());
  }
  Command command{event, {"/bin/sh", "-c", script + hook_script(text), "sh"}};
  std::ranges::copy(values, std::back_inserter(command.arguments));
  if (waiting_.size() >= kMostWaiting) {
    return say(command, fmt::format("skipped: {} commands are waiting", waiting_.size()));
  }
  waiting_.push_back(std::move(command));
  advance();
}

void RunHooks::say(const Command& command, const std::string& what) {
  say_(printable(fmt::format("hooks.{}: {}", command.event, what)));
}

void RunHooks::kill(const std::string& why) {
  process_->kill_group();
  process_->wait();
  process_.reset();
  say(running_, why);
}

void RunHooks::advance() {
  if (!process_ && waiting_.empty()) return;
  if (process_) {
    if (const auto status = process_->poll()) {
      process_.reset();
      if (*status != 0) {
        const std::string last = last_line(output_);
        say(running_, fmt::format("exit status {}{}{}; its output: {}", *status,
                                  last.empty() ? "" : ": ", last, output_.string()));
      }
    } else if (Clock::now() >= deadline_) {
      kill(fmt::format("killed after {} s (hooks.timeout)", config_.timeout));
    }
  }
  while (!process_ && !waiting_.empty()) start_next();
}

void RunHooks::start_next() {
  running_ = std::move(waiting_.front());
  waiting_.pop_front();
  try {
    process_ = std::make_unique<Process>(running_.arguments,
                                         Process::Options{.output = output_, .own_group = true});
    deadline_ = Clock::now() + std::chrono::seconds(config_.timeout);
  } catch (const Error& error) {
    say(running_, error.what());
  }
}

void RunHooks::finish() {
  const Clock::time_point end = Clock::now() + std::chrono::seconds(config_.timeout);
  for (advance(); process_; advance()) {
    if (Clock::now() >= end) {
      kill("killed: the run has ended and waits for commands at most hooks.timeout");
      waiting_.clear();
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace seqrl

// Run hooks start the user's commands at a run's events, in parallel with training.
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agents/config/hooks_config.h"
#include "configs/base/process.h"

namespace seqrl {

// Commands run one after the other in a shell, and their output goes to RUN/hooks.txt. Nothing
// waits for them until the run ends. One that fails, or is killed after hooks.timeout, is reported
// in the log, never as an Error.
class RunHooks {
 public:
  using Say = std::function<void(const std::string& line)>;

  // `folder` is the run's.
  RunHooks(HooksConfig config, const std::filesystem::path& folder, Say say);
  ~RunHooks();

  // Sets the value of a placeholder from now on.
  void set(const std::string& placeholder, std::string value);

  // Reports an event: its command is started once the previous ones are done.
  void tell(const std::string& event);

  // Polls the running command, and starts the next; costs nothing if there is none.
  void advance();

  // Waits for the remaining ones, no longer than one may take.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  struct Command {
    std::string event;
    std::vector<std::string> arguments;
  };

  void start_next();
  void say(const Command& command, const std::string& what);
  void kill(const std::string& why);

  HooksConfig config_;
  std::filesystem::path output_;
  Say say_;
  std::map<std::string, std::string> values_;
  std::deque<Command> waiting_;
  Command running_;
  std::unique_ptr<Process> process_;  // of running_; none = idle
  Clock::time_point deadline_;
};

}  // namespace seqrl

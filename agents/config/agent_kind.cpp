#include "agents/config/agent_kind.h"

#include <fmt/ranges.h>

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "configs/base/error.h"

namespace seqrl {
namespace {

struct Table {
  std::mutex mutex;
  std::map<std::string, AgentKind> kinds;  // entries keep their addresses
};

Table& table() {
  static Table all;
  return all;
}

}  // namespace

void add_agent_kind(const std::string& name, AgentKind kind) {
  const std::lock_guard lock(table().mutex);
  table().kinds.try_emplace(name, std::move(kind));
}

const AgentKind& agent_kind(const std::string& name) {
  static const AgentKind unknown;
  const std::lock_guard lock(table().mutex);
  const auto found = table().kinds.find(name);
  return found == table().kinds.end() ? unknown : found->second;
}

void require_chooses(const std::string& name, const std::string& subject) {
  std::vector<std::string> able;
  const std::lock_guard lock(table().mutex);
  for (const auto& [other, kind] : table().kinds) {
    if (kind.chooses) able.push_back(other);
    if (kind.chooses && other == name) return;
  }
  reject("agent: {} supports only continuous actions, but {}; agents for discrete actions: {}",
         name, subject, fmt::join(able, ", "));
}

}  // namespace seqrl

#include "agents/config/agent_kind.h"

#include <map>
#include <mutex>
#include <utility>

namespace seqrl {
namespace {

struct Table {
  std::mutex mutex;
  std::map<std::string, AgentKind> kinds;  // entries stay where they are
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

}  // namespace seqrl

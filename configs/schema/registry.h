// A registry of factories by the names that configs use.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "configs/base/error.h"

namespace seqrl {

// Maps names to factories, each a std::function. Safe to use from several threads at once. A
// registry of kinds is a function-local static of a source file, so a process has only one for all
// libraries and plug-ins.
template <typename Factory>
class Registry {
 public:
  // `thing` is the name of the factories' products in messages: "a backbone".
  explicit Registry(const char* thing) : thing_(thing) {}

  // An empty name or factory, or a name that is taken, is an Error of kind user.
  void add(const std::string& name, Factory factory) {
    SEQRL_REQUIRE(!name.empty() && factory, "{} needs a name and a factory", thing_);
    const std::lock_guard lock(mutex_);
    const bool is_new = factories_.try_emplace(name, std::move(factory)).second;
    SEQRL_REQUIRE(is_new, "{} named '{}' is already registered", thing_, name);
  }

  // A copy of the factory with that name, so that it may register others; empty if there is none.
  Factory find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = factories_.find(name);
    return found == factories_.end() ? Factory() : found->second;
  }

 private:
  const char* thing_;
  mutable std::mutex mutex_;
  std::map<std::string, Factory, std::less<>> factories_;
};

}  // namespace seqrl

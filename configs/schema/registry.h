// A registry of factories, by the names that configs use.
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
// registry of kinds is a function-local static of a source file: there is one in a process,
// whichever library or plug-in asks.
template <typename Factory>
class Registry {
 public:
  // `thing` is what the factories make, as messages name it: "a backbone".
  explicit Registry(const char* thing) : thing_(thing) {}

  // An empty name or factory, and a name that is taken, are Errors of kind user.
  void add(const std::string& name, Factory factory) {
    SEQRL_REQUIRE(!name.empty() && factory, "{} needs a name and a factory", thing_);
    const std::lock_guard lock(mutex_);
    const bool is_new = factories_.try_emplace(name, std::move(factory)).second;
    SEQRL_REQUIRE(is_new, "{} named '{}' is already registered", thing_, name);
  }

  // A copy of the factory of that name, so that it may register others; empty when there is none.
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

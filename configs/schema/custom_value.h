// A custom value is a field with a form defined by the layer that needs it, say a map of any keys.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace seqrl {

struct Tree;

// Declared like any value: `field("grid", grid, "what to vary")`, where `grid` derives from this.
class CustomValue {
 public:
  // Reads the value of the full key `key`, such as "reward.sensors". Throws the Error of reject_at,
  // "ORIGIN: KEY: what was wrong; what to do", for an invalid value. The functions for single
  // values in configs/schema/values.h can be used here.
  virtual void read(const Tree& tree, const std::string& key) = 0;

  // The value as YAML on one line, which read() restores, and the same as JSON.
  virtual std::string yaml() const = 0;
  virtual nlohmann::ordered_json json() const = 0;

  // The type shown by `seqrl help config`: "names with numbers".
  virtual std::string type() const = 0;

 protected:
  ~CustomValue() = default;
};

}  // namespace seqrl

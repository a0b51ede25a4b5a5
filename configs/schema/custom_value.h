// A custom value is a field whose form the layer that needs it defines: a map of any keys, say.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace seqrl {

struct Tree;

// Declared as any value is, `field("grid", grid, "what to vary")`, where `grid` derives from this.
class CustomValue {
 public:
  // Takes what stands under the whole key `key`, such as "reward.sensors". Throws the Error of
  // reject_at, "ORIGIN: KEY: what was wrong; what to do", for what it does not accept. What
  // configs/schema/values.h has for single values serves here.
  virtual void read(const Tree& tree, const std::string& key) = 0;

  // YAML on one line, such that reading it gives the value back, and the same as JSON.
  virtual std::string yaml() const = 0;
  virtual nlohmann::ordered_json json() const = 0;

  // What `seqrl help config` says of its type: "names with numbers".
  virtual std::string type() const = 0;

 protected:
  ~CustomValue() = default;
};

}  // namespace seqrl

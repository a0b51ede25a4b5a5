// YAML text as a small tree that records the origin of each value.
//
// It is built from the parser's events, so that limits hold while parsing: yaml-cpp 0.7's own nodes
// accept duplicate keys, ignore `<<`, and crash code that walks a cyclic alias.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace seqrl {

// None of our configs comes near these limits.
constexpr std::size_t kMaxConfigBytes = 1u << 20;
constexpr int kMaxConfigDepth = 32;
constexpr int kMaxConfigNodes = 10000;  // with every alias expanded

// The place where a value was written.
struct Origin {
  std::string text;      // "hopper.yaml:12" or "command line: 'training.steps=3'"
  std::string override;  // the key of the override, "" for a file
};

struct Tree {
  enum class Kind { null, scalar, list, map };
  struct Entry;  // no std::pair, which clang 14 cannot complete inside Tree

  Kind kind = Kind::null;
  Origin origin;               // of a map's value: the position of its key
  std::string text;            // of a scalar
  bool quoted = false;         // of a scalar: "5" is not a number
  std::vector<Tree> items;     // of a list
  std::vector<Entry> entries;  // of a map, in the order of the text

  Tree* find(std::string_view key);  // nullptr if this is no map or has no such key
  const Tree* find(std::string_view key) const;
  Tree& set(const std::string& key, Tree value);  // of a map: adds or replaces
};

struct Tree::Entry {
  std::string key;
  Tree value;
};

// Throws the Error "ORIGIN: KEY: problem". `key` is omitted if it is "" or the origin's
// override already names it.
[[noreturn]] void reject_at(const Origin& origin, std::string_view key, std::string_view problem);

// The only document in `text`. Origins are `source`:LINE; the origin of the root is `source`.
// Throws an Error for the text errors listed in configs/schema/config.h. Returns null for a text
// without a value.
Tree parse_yaml(std::string_view text, const std::string& source);

// The value of an override: as above, with `origin` for every origin.
Tree parse_yaml_value(std::string_view text, const Origin& origin);

}  // namespace seqrl

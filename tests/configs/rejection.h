// The messages with which configs are rejected.
#pragma once

#include <string>
#include <vector>

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/configs/example_config.h"

namespace seqrl {

// The user error with which reading `text` with `overrides` is rejected.
inline std::string rejection(const std::string& text,
                             const std::vector<std::string>& overrides = {}) {
  try {
    read_example(text, overrides);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    return error.what();
  }
  return "(accepted)";
}

// The same for a text added to the smallest example, from its line 3 on.
inline std::string rejection_of_line3(const std::string& text) {
  return rejection(kSmallestExample + text);
}

// The same for an override of the smallest example.
inline std::string rejection_of_override(const std::string& text) {
  return rejection(kSmallestExample, {text});
}

}  // namespace seqrl

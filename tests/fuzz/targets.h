// Readers of external data, for a fuzzer.
#pragma once

#include <span>
#include <string>
#include <vector>

struct FuzzTarget {
  std::string name;
  std::vector<std::string> (*seeds)();     // small valid inputs
  void (*read)(const std::string& input);  // returns, or throws an Error of kind user in one line
};

std::span<const FuzzTarget> fuzz_targets();

// The fault in how the target handles the input: "" or the exception.
std::string fault(const FuzzTarget& target, const std::string& input);

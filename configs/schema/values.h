// Reads single values of a config from a tree, and prints them as text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "configs/schema/fields.h"
#include "configs/schema/tree.h"

namespace seqrl {

// Reads a value that is not a section into the target of `field.value`. Throws the Error
// "ORIGIN: KEY: what was wrong; what to do" for a wrong type or a broken rule.
void read_value(const Field& field, const Tree& tree, const std::string& key);

// Reads a finite number. Throws the same Error for anything else.
double read_number(const Tree& tree, const std::string& key);

// Throws "ORIGIN: KEY: expected EXPECTED, got 'x'HINT", or for null that there is no value.
[[noreturn]] void reject_type(const Tree& tree, const std::string& key, std::string_view expected,
                              std::string_view hint = "");

// The value as YAML on one line, which reading restores: `0.1`, `[3600, 1800]`, `null`.
std::string yaml_value(const Field& field);
nlohmann::ordered_json json_value(const Field& field);

// The same for text with unknown fields: numbers, booleans and null keep their types.
std::string yaml_value(const Tree& tree);
nlohmann::ordered_json json_value(const Tree& tree);

// "integer, at least 1", "list of numbers", "auto | cpu | cuda", "integer or null".
std::string describe_type(const Field& field);

}  // namespace seqrl

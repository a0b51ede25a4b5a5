// Single values of a config: from a tree, and as text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "configs/schema/fields.h"
#include "configs/schema/tree.h"

namespace seqrl {

// Reads what is no section into what `field.value` points to. Throws the Error
// "ORIGIN: KEY: what was wrong; what to do" for a wrong type or a broken rule.
void read_value(const Field& field, const Tree& tree, const std::string& key);

// A finite number; the same Error for anything else.
double read_number(const Tree& tree, const std::string& key);

// Throws "ORIGIN: KEY: expected EXPECTED, got 'x'HINT", or, of null, that there is no value.
[[noreturn]] void reject_type(const Tree& tree, const std::string& key, std::string_view expected,
                              std::string_view hint = "");

// The value as YAML on one line, such that reading gives it back: `0.1`, `[3600, 1800]`, `null`.
std::string yaml_value(const Field& field);
nlohmann::ordered_json json_value(const Field& field);

// The same of text whose fields are not known: numbers, booleans and null as what they are.
std::string yaml_value(const Tree& tree);
nlohmann::ordered_json json_value(const Tree& tree);

// "integer, at least 1", "list of numbers", "auto | cpu | cuda", "integer or null".
std::string describe_type(const Field& field);

}  // namespace seqrl

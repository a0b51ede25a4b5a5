// JSON for files and terminals.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace seqrl {

// An entry a line, indented by two; a list of plain values, however long, on one. Ends with '\n'.
std::string indented(const nlohmann::ordered_json& json);

}  // namespace seqrl

// Margins of geoms, which MuJoCo combines to the margin of a contact: up to 3.4 the larger of two
// counts, from 3.5 on their sum.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

struct mjModel_;  // mjModel

namespace seqrl {

// The version of MuJoCo that adds the margins of two geoms first.
constexpr std::string_view kAddedMargins = "3.5";

// Whether some two geoms that can touch both have a margin: then it matters how they are combined.
bool margins_meet(const mjModel_& model);

// Margins (ngeom) that added give each two geoms that can touch the larger of their margins in
// `model`; nothing where there are none. Half of the margins where all are alike.
std::optional<std::vector<double>> margins_to_add(const mjModel_& model);

// Gives a model these margins, and its bodies theirs.
void set_margins(mjModel_& model, const std::vector<double>& margins);

}  // namespace seqrl

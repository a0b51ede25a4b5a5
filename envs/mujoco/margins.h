// Margins of geoms, from which MuJoCo computes the margin of a contact: the larger of the two up to
// 3.4, their sum from 3.5 on.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

struct mjModel_;  // mjModel

namespace seqrl {

// The first version of MuJoCo that adds the margins of two geoms.
constexpr std::string_view kAddedMargins = "3.5";

// Whether two geoms that can touch both have a margin, so that the way of combining matters.
bool margins_meet(const mjModel_& model);

// Margins (ngeom) that, when added, give each two geoms that can touch the larger of their margins
// in `model`; empty if there are none. If all margins are equal, these are half of them.
std::optional<std::vector<double>> margins_to_add(const mjModel_& model);

// Sets these margins in a model, and updates those of its bodies.
void set_margins(mjModel_& model, const std::vector<double>& margins);

}  // namespace seqrl

// Applies overrides from the command line to a config's tree before it is read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "configs/schema/fields.h"
#include "configs/schema/tree.h"

namespace seqrl {

// Puts each `key=value` into `tree`, in order; the rules are those of configs/schema/config.h.
// `fields` tells which sections have a kind. Throws an Error for an argument that is not an
// override or that undoes an earlier one. Unknown keys are left for the reader, which names the
// override as their origin.
void apply_overrides(const Fields& fields, const std::vector<std::string>& overrides, Tree& tree,
                     std::vector<std::string>* notes);

// Turns the short form `backbone: min_gru` into `backbone: {kind: min_gru}`.
void expand_short_form(Tree& section);

}  // namespace seqrl

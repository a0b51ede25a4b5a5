// MuJoCo's versions: the running one, and the one that seqrl is compiled for.
#pragma once

#include <string>
#include <string_view>

namespace seqrl {

// The version of the running library, such as "2.2.2".
std::string mujoco_version();

// MuJoCo's number for a version as text: three digits to 3.4.0 (222 is "2.2.2"), seven from 3.5.0
// on (3005000 is "3.5.0").
std::string mujoco_version_text(int number);

// Whether version `a` is `b` or newer; both as text, missing parts count as zero.
bool mujoco_at_least(std::string_view a, std::string_view b);

// An Error of kind user if the running library has another version than the headers of this build:
// structures differ, and every number would be read from a wrong place.
void require_mujoco_of_headers();

}  // namespace seqrl

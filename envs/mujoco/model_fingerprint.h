// A fingerprint of a compiled MuJoCo model tells whether a run was made with it.
#pragma once

#include <string>
#include <string_view>

struct mjModel_;  // mjModel

namespace seqrl {

// "2.2.2-<16 digits>-<16 digits>": MuJoCo's version, then two hashes (FNV-1a, hexadecimal) of the
// compiled model. The first is of what every version of MuJoCo compiles the same: bodies, joints,
// shapes that are no meshes, height fields. The second is of all that decides the physics, vertices
// of meshes included. Numbers count as float32, colours, lights, cameras and paths not at all.
std::string model_fingerprint(const mjModel_& model);

// Whether two fingerprints can be of the same model: under one version of MuJoCo all must agree,
// between two versions the first hash.
bool same_model(std::string_view a, std::string_view b);

// Whether this is a fingerprint as seqrl wrote them before: 16 digits, of the model's files. It
// cannot be compared with a compiled model.
bool is_fingerprint_of_files(std::string_view fingerprint);

}  // namespace seqrl

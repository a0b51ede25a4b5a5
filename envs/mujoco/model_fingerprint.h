// A fingerprint of a compiled MuJoCo model tells whether a run was made with it.
#pragma once

#include <string>
#include <string_view>

struct mjModel_;  // mjModel

namespace seqrl {

// "2.2.2-<16 digits>-<16 digits>": MuJoCo's version, then two hashes (FNV-1a, hexadecimal) of the
// compiled model. The first covers what every version of MuJoCo compiles identically: bodies,
// joints, shapes other than meshes, height fields. The second covers everything that affects the
// physics, including mesh vertices. Numbers are hashed as float32; colours, lights, paths
// and cameras that no sensor refers to are ignored.
std::string model_fingerprint(const mjModel_& model);

// Whether two fingerprints can belong to the same model: under one version of MuJoCo they must be
// equal, between two versions only the first hash must.
bool same_model(std::string_view a, std::string_view b);

// Whether this is an old seqrl fingerprint: 16 digits, of the model's files. It cannot be compared
// with a compiled model.
bool is_fingerprint_of_files(std::string_view fingerprint);

}  // namespace seqrl

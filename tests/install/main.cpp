// Uses every layer of an installed seqrl.
#include <agents/datasets/scores.h>
#include <configs/base/error.h>
#include <envs/space.h>
#include <models/core/safetensors.h>

#include <cstdio>

int main(int argc, char** argv) {
  using namespace seqrl;
  if (argc != 2) return 2;
  try {
    const std::vector<float> values = {1, 2, 3};
    const std::vector<TensorToStore> tensors = {to_store<float>("x", {3}, values)};
    write_safetensors(argv[1], tensors, {{"format", "seqrl"}});
    std::vector<float> read(3);
    SafetensorsReader(argv[1]).read("x", {3}, std::span(read));
    const bool right = read == values && Space::box(2, -1, 1).dim() == 2 &&
                       reference_returns("hopper").has_value();
    return right ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

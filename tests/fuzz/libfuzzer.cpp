// The same readers driven by libFuzzer:
//
//   fuzz TARGET FOLDER -max_total_time=SECONDS   adds new findings to the inputs in FOLDER
//
// On the first run, the folder is filled with the target's small valid inputs.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/fuzz/targets.h"

static const FuzzTarget* chosen = nullptr;

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  const std::string name = *argc > 2 ? (*argv)[1] : "";
  for (const FuzzTarget& target : fuzz_targets()) {
    if (target.name == name) chosen = &target;
  }
  if (chosen == nullptr) {
    std::cerr << "usage: fuzz TARGET FOLDER [OPTION…]; targets:";
    for (const FuzzTarget& target : fuzz_targets()) std::cerr << " " << target.name;
    std::cerr << "\n";
    std::exit(2);
  }
  const std::filesystem::path folder = (*argv)[2];
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const std::string& seed : chosen->seeds()) {
    std::ofstream(folder / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
  }
  (*argv)[1] = (*argv)[0];
  ++*argv;
  --*argc;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string wrong = fault(*chosen, {reinterpret_cast<const char*>(data), size});
  if (wrong.empty()) return 0;
  std::cerr << chosen->name << ": " << wrong << "\n";
  std::abort();
}

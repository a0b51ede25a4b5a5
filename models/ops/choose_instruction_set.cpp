// For a program with CPU loops for several instruction sets (SeqrlDispatch.cmake): chooses the best
// one that this processor supports, before main() and before other initialisers.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" {

using SeqrlFunction = void (*)();
extern SeqrlFunction seqrl_cpu_functions[], seqrl_cpu_functions_base[], seqrl_cpu_functions_avx2[],
    seqrl_cpu_functions_avx512[];
extern const std::int64_t seqrl_cpu_function_count;

// The environment variable SEQRL_INSTRUCTIONS can select a smaller set: base, avx2 or avx512.
void seqrl_choose_instruction_set() {
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi2");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
  std::string_view set = avx512 ? "avx512" : avx2 ? "avx2" : "base";
  if (const char* named = std::getenv("SEQRL_INSTRUCTIONS"); named && *named) {
    const std::string_view wanted = named;
    const bool known =
        wanted == "base" || (wanted == "avx2" && avx2) || (wanted == "avx512" && avx512);
    if (!known) {
      std::fprintf(stderr,
                   "error: SEQRL_INSTRUCTIONS is %s, expected a set that this processor supports: "
                   "base%s%s\n",
                   named, avx2 ? ", avx2" : "", avx512 ? ", avx512" : "");
      _exit(2);
    }
    set = wanted;
  }
  const SeqrlFunction* from = set == "avx512" ? seqrl_cpu_functions_avx512
                              : set == "avx2" ? seqrl_cpu_functions_avx2
                                              : seqrl_cpu_functions_base;
  std::copy_n(from, seqrl_cpu_function_count, seqrl_cpu_functions);
}
}

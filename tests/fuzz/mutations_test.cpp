// Some thousand damaged inputs, the same ones every time. `tools/test.sh fuzz` searches for more.
#include "configs/base/random.h"
#include "tests/catch.h"
#include "tests/fuzz/targets.h"

namespace {

std::string mutate(std::string bytes, seqrl::Random& random) {
  for (std::uint64_t edits = 1 + random.below(4); edits > 0 && !bytes.empty(); --edits) {
    const std::size_t at = random.below(bytes.size());
    const std::size_t length = random.below(std::min<std::size_t>(bytes.size() - at, 16) + 1);
    switch (random.below(5)) {
      case 0:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(random.below(bytes.size()), bytes.substr(at, length));
        break;
      default:
        bytes.replace(at, length, length, random.below(2) == 0 ? '\0' : '\xFF');
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("damaged inputs are either read or rejected in one line") {
  for (const FuzzTarget& target : fuzz_targets()) {
    const std::vector<std::string> seeds = target.seeds();
    for (const std::string& seed : seeds) REQUIRE_NOTHROW(target.read(seed));
    const bool forks = target.name == "d4rl" || target.name == "minari";
    for (std::uint64_t i = 0; i < (forks ? 300 : 5000); ++i) {
      seqrl::Random random(13, seqrl::Purpose::test, i);
      const std::string wrong = fault(target, mutate(seeds[i % seeds.size()], random));
      INFO(target.name << ", mutation " << i << ": " << wrong);
      if (!wrong.empty()) CHECK(false);
    }
  }
}

#include "configs/base/random.h"
#include "tests/configs/rejection.h"

using namespace seqrl;

namespace {

const std::string kValid =
    "# a run\n"
    "seed: 1\n"
    "output: runs/hopper\n"
    "env: {kind: ant, observations: 111}\n"
    "dataset: {path: \"hopper-medium.hdf5\", normalise: true}\n"
    "backbone:\n"
    "  kind: min_gru\n"
    "  dim: &dim 128\n"
    "  expansion: 2.5\n"
    "training: {steps: 1e5, lr: 1e-4, clip: null}\n"
    "evaluation:\n"
    "  targets: [3600, 1800]\n"
    "  mode:\n"
    "    - window\n"
    "    - 'stream'\n";

const std::vector<std::string> kFragments = {"\n",
                                             " ",
                                             "  ",
                                             ":",
                                             ": ",
                                             "- ",
                                             "[",
                                             "]",
                                             "{",
                                             "}",
                                             ",",
                                             "#",
                                             "&a ",
                                             "*a",
                                             "*dim",
                                             "<<: ",
                                             "!!",
                                             "!a ",
                                             "|\n",
                                             ">-",
                                             "'",
                                             "\"",
                                             "\\",
                                             "%",
                                             "? ",
                                             "---",
                                             "...",
                                             "~",
                                             "null",
                                             "\t",
                                             "\r",
                                             "\xFF",
                                             "\xC3\xA9",
                                             "\x04",
                                             "1e9",
                                             "-",
                                             "kind",
                                             "lr",
                                             "0x",
                                             ".inf",
                                             "{a: ",
                                             "[[",
                                             "\xEF\xBB\xBF",
                                             "transformer",
                                             "a: &a [*a]\n"};

// `text` with up to three random edits.
std::string mutate(std::string text, Random& random) {
  const std::uint64_t edits = 1 + random.below(3);
  for (std::uint64_t i = 0; i < edits; ++i) {
    const std::size_t at = random.below(text.size() + 1);
    const std::size_t length = random.below(std::min<std::size_t>(text.size() - at, 20) + 1);
    switch (random.below(5)) {
      case 0:
        text.insert(at, kFragments[random.below(kFragments.size())]);
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(random.below(text.size() + 1), text.substr(at, length));
        break;
      case 3:
        text.replace(at, length, kFragments[random.below(kFragments.size())]);
        break;
      default:
        text.insert(at, 1, static_cast<char>(random.below(256)));
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a mutated config is either read or rejected with a one-line error") {
  REQUIRE(rejection(kValid) == "(accepted)");
  int accepted = 0;
  int rejected = 0;
  for (std::uint64_t i = 0; i < 10000; ++i) {
    Random random(7, Purpose::test, i);
    const std::string text = mutate(kValid, random);
    std::vector<std::string> overrides;
    if (random.below(4) == 0) overrides = {"backbone=" + mutate("{kind: mamba, dim: 64}", random)};
    try {
      const std::string printed = print_config(read_example(text, overrides));
      ++accepted;
      if (print_config(read_example(printed)) != printed) FAIL(printed);
    } catch (const Error& error) {
      ++rejected;
      const std::string message = error.what();
      if (error.kind() != ErrorKind::user || message.find('\n') != std::string::npos) FAIL(message);
    }
  }
  CHECK(accepted > 200);
  CHECK(rejected > 500);
}

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "configs/base/random.h"
#include "tests/configs/rejection.h"

using namespace seqrl;

namespace {

struct AllTypes {
  bool boolean = true;
  double number = 0;
  std::string string;
  std::optional<bool> maybe_boolean;
  std::optional<int> maybe_integer = 3;
  std::optional<std::string> maybe_string;
  std::vector<double> numbers;
  std::vector<std::int64_t> integers{1, -2};
  std::vector<std::string> strings;
  void fields(Fields& field) {
    field("boolean", boolean, "");
    field("number", number, "");
    field("string", string, "");
    field("maybe_boolean", maybe_boolean, "");
    field("maybe_integer", maybe_integer, "");
    field("maybe_string", maybe_string, "");
    field("numbers", numbers, "");
    field("integers", integers, "");
    field("strings", strings, "");
  }
};

AllTypes read_back(const AllTypes& config) {
  return read_config_text<AllTypes>(print_config(config), "printed");
}

}  // namespace

TEST_CASE("the resolved config has every key, in declaration order") {
  CHECK(print_config(read_example(kSmallestExample, {"backbone=mamba", "training.lr=1e-5"})) ==
        "seed: 1\n"
        "output: runs/example\n"
        "device: auto\n"
        "env:\n"
        "  kind: hopper\n"
        "dataset:\n"
        "  path: hopper.hdf5\n"
        "  normalise: true\n"
        "backbone:\n"
        "  kind: mamba\n"
        "  dim: 128\n"
        "  layers: 6\n"
        "  dropout: 0.1\n"
        "  expansion: 2\n"
        "  d_state: 16\n"
        "training:\n"
        "  steps: 100000\n"
        "  lr: 1.0e-05\n"
        "  clip: 0.25\n"
        "  threads: 0\n"
        "  nesterov: false\n"
        "evaluation:\n"
        "  targets: [3600, 1800]\n"
        "  mode: [window, stream]\n");
}

TEST_CASE("a printed config includes overrides and reads back unchanged") {
  const std::vector<std::string> overrides{"backbone=transformer", "backbone.heads=4",
                                           "training.clip=null", "evaluation.targets=7"};
  const std::string printed = print_config(read_example(kSmallestExample, overrides));
  CHECK(print_config(read_example(printed)) == printed);
  CHECK(print_config(read_example(printed, overrides)) == printed);
  CHECK(printed.find("heads: 4") != std::string::npos);
}

TEST_CASE("numbers read back bit for bit") {
  AllTypes config;
  config.numbers = {0.0,
                    -0.0,
                    0.1,
                    1.0 / 3,
                    1e16,
                    1e-5,
                    123456789.125,
                    -2.5e-300,
                    std::numeric_limits<double>::max(),
                    std::numeric_limits<double>::min(),
                    std::numeric_limits<double>::denorm_min()};
  Random random(1, Purpose::test);
  for (int i = 0; i < 1000; ++i) {
    config.numbers.push_back(
        std::ldexp(random.uniform(-1, 1), static_cast<int>(random.below(2000)) - 1000));
  }
  const AllTypes back = read_back(config);
  REQUIRE(back.numbers.size() == config.numbers.size());
  for (std::size_t i = 0; i < config.numbers.size(); ++i) {
    CHECK(std::bit_cast<std::uint64_t>(back.numbers[i]) ==
          std::bit_cast<std::uint64_t>(config.numbers[i]));
  }
}

TEST_CASE("strings with any content read back unchanged") {
  AllTypes config;
  config.strings = {"plain",   "",      " padded ", "null",        "~",   "true",  "No",
                    "1e5",     "0x10",  "-1",       ".inf",        ".",   "-",     "---",
                    "a: b",    "a #b",  "a,b",      "[a]",         "{a}", "*a",    "&a",
                    "!a",      "%a",    "@a",       "`a",          "'a'", "\"a\"", "\\",
                    "a\nb",    "a\tb",  "\x01\x7F", "caf\xC3\xA9", "<<",  "?",     "/abs/path",
                    "a/b.c-d", "../up", "C:\\x",    "e",           "a: ", "|",     ">"};
  for (int byte = 1; byte < 0x80; ++byte) config.strings.emplace_back(1, static_cast<char>(byte));
  config.string = "\xE2\x80\xA8 line separator";
  config.maybe_string = "null";
  config.boolean = false;
  const AllTypes back = read_back(config);
  CHECK(back.strings == config.strings);
  CHECK(back.string == config.string);
  CHECK(back.maybe_string == config.maybe_string);
  CHECK(back.maybe_boolean == std::nullopt);
  CHECK(back.maybe_integer == 3);
  CHECK(back.integers == std::vector<std::int64_t>{1, -2});
  CHECK(back.numbers.empty());
  CHECK_FALSE(back.boolean);
}

TEST_CASE("the JSON of a config keeps the types of its values") {
  const nlohmann::ordered_json json = config_json(
      read_example(kSmallestExample, {"training.clip=null", "seed=18446744073709551615"}));
  CHECK(json["seed"] == 18446744073709551615u);
  CHECK(json["env"]["kind"] == "hopper");
  CHECK(
      json["backbone"].dump() ==
      R"({"kind":"min_gru","dim":128,"layers":3,"dropout":0.1,"expansion":2.0,"state":"positive"})");
  CHECK(json["training"]["clip"].is_null());
  CHECK(json["dataset"]["normalise"] == true);
  CHECK(json["evaluation"]["targets"] == std::vector<double>{3600, 1800});
  // YAML is a superset of JSON: the JSON reads back as well.
  CHECK(config_json(read_example(json.dump())) == json);
}

TEST_CASE("the help lists every key with its default, values and meaning") {
  register_example_kinds();
  const std::string help = help_text<ExampleConfig>();
  INFO(help);
  const auto has = [&](const std::string& line) {
    return help.find("\n" + line + "\n") != std::string::npos;
  };
  CHECK(help.starts_with("KEY                 DEFAULT           VALUES "));
  CHECK(has("training: how the weights are fitted"));
  CHECK(
      has("training.steps      100000            integer, at least 1            optimizer steps"));
  CHECK(
      has("training.clip       0.25              number, positive, or null      largest norm of "
          "the gradient"));
  CHECK(
      has("dataset.path        (required)        string, not empty              the file with "
          "the experience"));
  CHECK(
      has("device              auto              auto | cpu | cuda              where to compute"));
  CHECK(has("backbone=mamba: selective state space"));
  CHECK(
      has("backbone.d_state    16                integer, at least 1            size of the state "
          "of a channel"));
  // Shared keys are printed once, and once more for a kind with another default.
  CHECK(
      has("backbone.layers     3                 integer, from 1 to 64          blocks on top of "
          "each other"));
  CHECK(
      has("backbone.layers     6                 integer, from 1 to 64          blocks on top of "
          "each other"));
  CHECK(help.find("backbone.dim ") == help.rfind("backbone.dim "));
}

TEST_CASE("an unregistered kind can be described but not used") {
  const std::string text =
      kSmallestExample +
      "backbone: {kind: alien, dim: 8, arms: 3, names: [a b, \"5\"], more: {x: 0.5}}\n";
  CHECK_THROWS_WITH(read_example(text), Catch::Contains("unknown kind 'alien'"));
  auto config = read_config_text<ExampleConfig>(text, "x.yaml", {}, nullptr, PluginUse::describe);
  CHECK(config.backbone.kind() == "alien");
  CHECK(config.backbone.shared().dim == 8);
  CHECK_THAT(
      print_config(config),
      Catch::Contains("  kind: alien\n  dim: 8\n  arms: 3\n  names: [\"a b\", \"5\"]\n  more: "
                      "{x: 0.5}\n"));
  CHECK(config_json(config).at("backbone").dump() ==
        R"({"kind":"alien","dim":8,"arms":3,"names":["a b","5"],"more":{"x":0.5}})");
}

TEST_CASE("the help for a prefix lists only matching keys, with their headings") {
  register_example_kinds();
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  const std::string steps = help_text<ExampleConfig>("training.steps");
  CHECK(has(steps, "training.steps"));
  CHECK(has(steps, "training: how the weights are fitted"));
  CHECK_FALSE(has(steps, "training.clip"));
  const std::string mamba = help_text<ExampleConfig>("backbone=mamba");
  CHECK(has(mamba, "backbone.d_state"));
  CHECK_FALSE(has(mamba, "training."));
  CHECK_THROWS_WITH(help_text<ExampleConfig>("training.stpes"),
                    Catch::Contains("did you mean 'training.steps'?"));
}

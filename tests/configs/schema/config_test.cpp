#include "configs/schema/config.h"

#include <limits>

#include "configs/base/files.h"
#include "tests/configs/rejection.h"

using namespace seqrl;

TEST_CASE("a config has the values of the text, and defaults for the rest") {
  const ExampleConfig config = read_example(
      "seed: 7\n"
      "env: hopper\n"
      "dataset: {path: data/hopper.hdf5, normalise: false}\n"
      "training:\n"
      "  lr: 1e-3\n"
      "  clip: null\n"
      "evaluation: {targets: [1, 2.5], mode: stream}\n");
  CHECK(config.seed == 7);
  CHECK(config.device == "auto");
  CHECK(config.env.kind() == "hopper");
  CHECK(config.dataset.path == "data/hopper.hdf5");
  CHECK_FALSE(config.dataset.normalise);
  CHECK(config.training.steps == 100000);
  CHECK(config.training.lr == 1e-3);
  CHECK_FALSE(config.training.clip.has_value());
  CHECK(config.evaluation.targets == std::vector<double>{1, 2.5});
  CHECK(config.evaluation.mode == std::vector<std::string>{"stream"});
}

TEST_CASE("an unknown key is rejected with a suggestion") {
  CHECK(rejection_of_line3("training:\n  stpes: 3\n") ==
        "x.yaml:4: training.stpes: unknown key; did you mean 'training.steps'?");
  CHECK(rejection_of_line3("sede: 3\n") == "x.yaml:3: sede: unknown key; did you mean 'seed'?");
  CHECK(rejection_of_line3("lr: 3\n") == "x.yaml:3: lr: unknown key; did you mean 'training.lr'?");
  CHECK(rejection_of_line3("training: {zzzzzz: 3}\n") ==
        "x.yaml:3: training.zzzzzz: unknown key; known: steps, lr, clip, threads, nesterov");
  CHECK(rejection_of_line3("training: {lr:1}\n") ==
        "x.yaml:3: training.lr:1: unknown key; put a space after the colon");
  CHECK(rejection_of_line3("training.lr: 1\n") ==
        "x.yaml:3: training.lr: unknown key; nest keys, dots are for the command line");
  CHECK(rejection_of_line3("\"a\\nb\": 1\n").starts_with("x.yaml:3: a\\x0Ab: unknown key"));
}

TEST_CASE("a required key must be given") {
  CHECK(rejection("env: hopper\n") ==
        "x.yaml: dataset.path: missing; give it: the file with the experience");
  CHECK(rejection("env: hopper\ndataset:\n  normalise: true\n") ==
        "x.yaml:2: dataset.path: missing; give it: the file with the experience");
  CHECK(rejection("dataset: {path: a}\n") == "x.yaml: env: missing; give one of hopper, ant");
  CHECK(rejection("dataset: {path: a}\nenv: {}\n") ==
        "x.yaml:2: env.kind: missing; give one of hopper, ant");
}

TEST_CASE("a value of the wrong type is rejected") {
  CHECK(rejection_of_line3("training: {lr: fast}\n") ==
        "x.yaml:3: training.lr: expected a number, got 'fast'");
  CHECK(rejection_of_line3("training: {lr: \"0.1\"}\n") ==
        "x.yaml:3: training.lr: expected a number, got the quoted text '0.1'; remove the quotes");
  CHECK(rejection_of_line3("training: {lr: [1]}\n") ==
        "x.yaml:3: training.lr: expected a number, got a list");
  CHECK(rejection_of_line3("training: {lr: {a: 1}}\n") ==
        "x.yaml:3: training.lr: expected a number, got a section");
  CHECK(rejection_of_line3("training: {lr: }\n") ==
        "x.yaml:3: training.lr: has no value; give a number, or remove the key");
  CHECK(rejection_of_line3("training:\n") ==
        "x.yaml:3: training: has no value; give its keys, or remove it");
  CHECK(rejection_of_line3("training: 5\n") ==
        "x.yaml:3: training: expected keys and values, as in 'seed: 1', got '5'");
  CHECK(rejection_of_line3("output: [a]\n") == "x.yaml:3: output: expected a string, got a list");
  CHECK(rejection_of_line3("output: null\n") ==
        "x.yaml:3: output: has no value; give a string, or remove the key");
  CHECK(rejection_of_line3("evaluation:\n  targets:\n    - 1\n    - b\n") ==
        "x.yaml:6: evaluation.targets: expected a number, got 'b'");
  CHECK(rejection_of_line3("evaluation: {mode: [[window]]}\n") ==
        "x.yaml:3: evaluation.mode: expected a string, got a list");
  CHECK(rejection_of_line3("backbone: [min_gru]\n") ==
        "x.yaml:3: backbone: expected keys and values, as in 'seed: 1', got a list");
}

TEST_CASE("only true and false are booleans") {
  for (const std::string word : {"yes", "no", "on", "off", "True", "FALSE", "1", "y"}) {
    CHECK(rejection_of_line3("training: {nesterov: " + word + "}") ==
          "x.yaml:3: training.nesterov: expected true or false, got '" + word + "'");
  }
  CHECK(rejection_of_line3("training: {nesterov: 'true'}") ==
        "x.yaml:3: training.nesterov: expected true or false, got the quoted text 'true'; remove "
        "the quotes");
}

TEST_CASE("an integer is a whole decimal number within the range of its type") {
  const auto steps = [](const std::string& text) {
    return read_example(kSmallestExample, {"training.steps=" + text}).training.steps;
  };
  CHECK(steps("1e5") == 100000);
  CHECK(steps("1.5e3") == 1500);
  CHECK(steps("20.0") == 20);
  CHECK(steps("+3") == 3);
  CHECK(steps("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(read_example(kSmallestExample, {"seed=18446744073709551615"}).seed ==
        std::numeric_limits<std::uint64_t>::max());

  const std::string key = "x.yaml:3: training.steps: ";
  const auto rejected = [&](const std::string& text) {
    const std::string message = rejection_of_line3("training: {steps: " + text + "}");
    REQUIRE(message.starts_with(key));
    return message.substr(key.size());
  };
  const std::string decimal = "; write it in decimal, as in 1000, 0.1 or 1e-4";
  CHECK(rejected("0.5") == "expected an integer, got 0.5");
  CHECK(rejected("1_000") == "expected an integer, got '1_000'" + decimal);
  CHECK(rejected("0x10") == "expected an integer, got '0x10'" + decimal);
  CHECK(rejected("010") == "expected an integer, got '010'" + decimal);
  CHECK(rejected("1e5k") == "expected an integer, got '1e5k'" + decimal);
  CHECK(rejected("1e") == "expected an integer, got '1e'" + decimal);
  CHECK(rejection_of_override("training.steps=3600,1800") ==
        "command line: 'training.steps=3600,1800': expected an integer, got '3600,1800'" + decimal +
            ", and a list in brackets, [1000,2000]");
  CHECK(rejected(".") == "expected an integer, got '.'");
  CHECK(rejected("9223372036854775808") ==
        "9223372036854775808 does not fit; must be from -9223372036854775808 to "
        "9223372036854775807");
  CHECK(rejected("1e17").starts_with("1e17 does not fit; must be from"));
  CHECK(rejection_of_override("training.threads=3000000000") ==
        "command line: 'training.threads=3000000000': 3000000000 does not fit; must be from "
        "-2147483648 to 2147483647");
  CHECK(rejection_of_override("training.threads=3e9").find("does not fit") != std::string::npos);
  CHECK(rejection_of_override("seed=-1") ==
        "command line: 'seed=-1': -1 does not fit; must be from 0 to 18446744073709551615");
}

TEST_CASE("a number must be finite") {
  for (const std::string word : {".nan", ".inf", "-.inf", "nan", "inf", ".NaN", "-Infinity"}) {
    CHECK(rejection_of_line3("training: {lr: " + word + "}") ==
          "x.yaml:3: training.lr: expected a number, got '" + word + "'; it must be finite");
  }
  CHECK(rejection_of_line3("training: {lr: 1e999}") ==
        "x.yaml:3: training.lr: 1e999 does not fit a double");
  CHECK(rejection_of_line3("training: {lr: 1e-999}") ==
        "x.yaml:3: training.lr: 1e-999 does not fit a double");
}

TEST_CASE("a value out of range is rejected with the range") {
  CHECK(rejection_of_line3("training: {steps: 0}") ==
        "x.yaml:3: training.steps: 0 is out of range; must be at least 1");
  CHECK(rejection_of_line3("training: {lr: 0}") ==
        "x.yaml:3: training.lr: 0 is out of range; must be positive");
  CHECK(rejection_of_line3("training: {clip: -1}") ==
        "x.yaml:3: training.clip: -1 is out of range; must be positive");
  CHECK(rejection_of_line3("backbone: {dropout: 1}") ==
        "x.yaml:3: backbone.dropout: 1 is out of range; must be at least 0, less than 1");
  CHECK(rejection_of_line3("backbone: {layers: 65}") ==
        "x.yaml:3: backbone.layers: 65 is out of range; must be from 1 to 64");
  CHECK(rejection("env: {kind: ant, observations: 28}") ==
        "x.yaml:1: env.observations: 28 is out of range; must be 27 or 111");
  CHECK(rejection_of_line3("device: cdua\n") ==
        "x.yaml:3: device: 'cdua' is not a valid choice; did you mean 'cuda'?");
  CHECK(rejection_of_line3("evaluation: {mode: [window, zzzzzzzz]}\n") ==
        "x.yaml:3: evaluation.mode: 'zzzzzzzz' is not a valid choice; known: window, stream");
  CHECK(rejection_of_line3("evaluation: {targets: []}\n") ==
        "x.yaml:3: evaluation.targets: is an empty list; give at least one value");
  CHECK(rejection("env: hopper\ndataset: {path: ''}\n") ==
        "x.yaml:2: dataset.path: is empty; give it a value");
  CHECK(rejection_of_line3("output: /tmp\n") ==
        "x.yaml:3: output: '/tmp' is not allowed; must be a relative path, not empty");
}

TEST_CASE("relations between fields are checked once all are read") {
  CHECK(rejection_of_line3("backbone: {kind: transformer, heads: 3}\n") ==
        "x.yaml:3: backbone.heads: 3 is not allowed; it must divide dim");
  CHECK(read_example(kSmallestExample + "backbone: {kind: transformer, heads: 3, dim: 9}\n")
            .backbone.as<TransformerExample>()
            .heads == 3);
}

TEST_CASE("an unreadable config file is named in the error") {
  register_example_kinds();
  CHECK_THROWS_WITH(read_config<ExampleConfig>("no/such.yaml"),
                    "cannot read no/such.yaml: No such file or directory");
}

TEST_CASE("a mistake in declaring fields is an internal error") {
  struct TwoNames {
    int a = 0;
    void fields(Fields& field) {
      field("a", a, "first");
      field("a", a, "second");
    }
  } two_names;
  CHECK_THROWS_AS(Fields::of(two_names), Error);
  struct WrongRule {
    std::string a;
    void fields(Fields& field) { field("a", a, "a string", at_least(1)); }
  } wrong_rule;
  CHECK_THROWS_AS(Fields::of(wrong_rule), Error);
  struct WrongCheck {
    void fields(Fields& field) {
      field.check(
          "a", [] { return true; }, "be");
    }
  } wrong_check;
  CHECK_THROWS_AS(Fields::of(wrong_check), Error);
}

#include "configs/schema/overrides.h"

#include "tests/configs/rejection.h"

using namespace seqrl;

TEST_CASE("overrides take precedence over the file") {
  const std::string text =
      kSmallestExample + "seed: 1\ntraining: {lr: 0.1, steps: 5}\nbackbone: mamba\n";
  const ExampleConfig config =
      read_example(text, {"seed=2", "training.lr=0.2", "evaluation.targets=[3600,1800]",
                          "evaluation.mode=window", "backbone.dim=256", "dataset.path=other.hdf5",
                          "training.clip=null"});
  CHECK(config.seed == 2);
  CHECK(config.training.lr == 0.2);
  CHECK(config.training.steps == 5);
  CHECK(config.evaluation.targets == std::vector<double>{3600, 1800});
  CHECK(config.evaluation.mode == std::vector<std::string>{"window"});
  CHECK(config.backbone.kind() == "mamba");
  CHECK(config.backbone.shared().dim == 256);
  CHECK(config.dataset.path == "other.hdf5");
  CHECK_FALSE(config.training.clip.has_value());
}

TEST_CASE("a config can consist of overrides alone") {
  const ExampleConfig config = read_example("{}", {"env=hopper", "dataset.path=a.hdf5"});
  CHECK(config.dataset.path == "a.hdf5");
}

TEST_CASE("an override of a section replaces the file's section") {
  const std::string text = kSmallestExample + "training: {lr: 0.1, steps: 5}\n";
  const ExampleConfig config = read_example(text, {"training={lr: 0.2}", "training.threads=2"});
  CHECK(config.training.lr == 0.2);
  CHECK(config.training.steps == 100000);
  CHECK(config.training.threads == 2);
}

TEST_CASE("an error in an override names the override") {
  CHECK(rejection_of_override("training.stpes=3") ==
        "command line: 'training.stpes=3': unknown key; did you mean 'training.steps'?");
  CHECK(rejection_of_override("trainign.steps=3") ==
        "command line: 'trainign.steps=3': trainign: unknown key; did you mean 'training'?");
  CHECK(rejection_of_override("training={stpes: 3}") ==
        "command line: 'training={stpes: 3}': training.stpes: unknown key; did you mean "
        "'training.steps'?");
  CHECK(rejection_of_override("training.steps=0") ==
        "command line: 'training.steps=0': 0 is out of range; must be at least 1");
  CHECK(rejection_of_override("training.lr=") ==
        "command line: 'training.lr=': has no value; give a number, or remove the key");
  CHECK(rejection_of_override("training.lr.x=1") ==
        "command line: 'training.lr.x=1': training.lr: expected a number, got a section");
  CHECK(rejection_of_override("env.kind.x=1") ==
        "command line: 'env.kind.x=1': 'kind' is not a section at x.yaml:1");
  CHECK(rejection_of_override("seed=[1") ==
        "command line: 'seed=[1': a key that is not a word; write 'name: value', and close every "
        "bracket");
  CHECK(rejection_of_override("seed={a: 1, a: 2}").find("duplicate key") != std::string::npos);
  CHECK(rejection_of_override("seed=\xFF") ==
        "command line: 'seed=\\xFF': not UTF-8; save the text as UTF-8");
}

TEST_CASE("a malformed override is rejected") {
  CHECK(rejection_of_override("seed") ==
        "command line: 'seed': not an override; write key=value, as in training.steps=5000");
  const std::string empty_name = "an empty name in the key; write it as in training.steps=5000";
  CHECK(rejection_of_override("=1") == "command line: '=1': " + empty_name);
  CHECK(rejection_of_override(".seed=1") == "command line: '.seed=1': " + empty_name);
  CHECK(rejection_of_override("training.=1") == "command line: 'training.=1': " + empty_name);
  std::string deep = "a";
  for (int i = 0; i < 100000; ++i) deep += ".a";
  CHECK(rejection_of_override(deep + "=1").ends_with("nested deeper than 32 levels"));
}

TEST_CASE("an override that undoes another is rejected") {
  CHECK(rejection(kSmallestExample, {"seed=1", "seed=2"}) ==
        "command line: 'seed=2': undoes 'seed=1'; give only one of them");
  CHECK(rejection(kSmallestExample, {"training.lr=1", "training={lr: 2}"}) ==
        "command line: 'training={lr: 2}': undoes 'training.lr=1'; give only one of them");
  CHECK(rejection(kSmallestExample, {"backbone=mamba", "backbone.kind=min_gru"}) ==
        "command line: 'backbone.kind=min_gru': undoes 'backbone=mamba'; give only one of them");
}

TEST_CASE("changing the kind keeps the keys that both kinds have") {
  const std::string text =
      kSmallestExample + "backbone: {kind: min_gru, dim: 64, expansion: 4, state: signed}\n";
  for (const std::string word : {"backbone=mamba", "backbone.kind=mamba"}) {
    std::vector<std::string> notes;
    const ExampleConfig config = read_example(text, {word}, &notes);
    CHECK(config.backbone.shared().dim == 64);
    CHECK(config.backbone.as<MambaExample>().expansion == 4);
    CHECK(notes ==
          std::vector<std::string>{
              "x.yaml:3: backbone.state: left out, mamba has no such key (command line: '" + word +
              "')"});
  }
  CHECK(
      read_example(kSmallestExample, {"backbone.dim=64", "backbone=mamba"}).backbone.shared().dim ==
      64);
  CHECK(read_example(kSmallestExample + "backbone: mamba\n", {"backbone={dim: 64}"})
            .backbone.kind() == "min_gru");
}

TEST_CASE("changing the kind still rejects typos and the command line's unknown keys") {
  CHECK(rejection(kSmallestExample + "backbone: {kind: min_gru, expnsion: 4}\n",
                  {"backbone=mamba"}) ==
        "x.yaml:3: backbone.expnsion: mamba has no such key; did you mean 'backbone.expansion'?");
  CHECK(rejection(kSmallestExample, {"backbone.state=signed", "backbone=mamba"}) ==
        "command line: 'backbone.state=signed': mamba has no such key, only min_gru has; remove it "
        "(keys of mamba: kind, dim, layers, dropout, expansion, d_state)");
  CHECK(
      rejection(kSmallestExample + "backbone: {heads: 3}\n", {"backbone=mabma"}) ==
      "command line: 'backbone=mabma': backbone.kind: unknown kind 'mabma'; did you mean 'mamba'?");
}

TEST_CASE("an override of a string is taken literally unless it is quoted") {
  const auto path = [](const std::string& text) {
    return read_example("{}", {"env=hopper", "dataset.path=" + text}).dataset.path;
  };
  for (const std::string text : {"hash #x", "a: b", "[x]", "{x}", "null", "1e3", "true", "*x", "&x",
                                 "!x", "- x", " x", "'x", "x\ty"}) {
    CHECK(path(text) == text);
  }
  CHECK(path("\"a # b\"") == "a # b");
  CHECK(path("'a b'") == "a b");
  CHECK(rejection_of_override("dataset.path=").find("has no value") != std::string::npos);
  CHECK(rejection_of_override("dataset.path=\xFF").find("not UTF-8") != std::string::npos);
  // A list of strings in brackets is YAML; without brackets it is a single string.
  CHECK(read_example(kSmallestExample, {"evaluation.mode=[window, stream]"}).evaluation.mode ==
        std::vector<std::string>{"window", "stream"});
}

#include "configs/schema/tree.h"

#include <fmt/format.h>

#include "tests/configs/rejection.h"

using namespace seqrl;

namespace {

std::string repeat(const std::string& text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

}  // namespace

TEST_CASE("a tree stores the line of every value") {
  const Tree tree = parse_yaml("a: 1\nb:\n  c: [x,\n      'y']\n", "t.yaml");
  CHECK(tree.find("a")->text == "1");
  CHECK(tree.find("a")->origin.text == "t.yaml:1");
  CHECK_FALSE(tree.find("a")->quoted);
  const Tree& list = *tree.find("b")->find("c");
  CHECK(list.origin.text == "t.yaml:3");
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[1].origin.text == "t.yaml:4");
  CHECK(list.items[1].quoted);
  CHECK(tree.find("c") == nullptr);
}

TEST_CASE("an alias is a copy of the anchored value") {
  const Tree tree = parse_yaml("a: &x {b: 1}\nc: *x\n", "t.yaml");
  CHECK(tree.find("c")->find("b")->text == "1");
  CHECK(tree.find("c")->origin.text == "t.yaml:2");
}

TEST_CASE("Windows line endings and a byte order mark are accepted") {
  const Tree tree = parse_yaml(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n",
      "t.yaml");
  CHECK(tree.find("a")->text == "1");
  CHECK(tree.find("b")->text == "2");
  CHECK(tree.find("b")->origin.text == "t.yaml:2");
}

TEST_CASE("text that is not a config is rejected") {
  const std::string empty = "x.yaml: empty; give keys and values, as in 'seed: 1'";
  CHECK(rejection("") == empty);
  CHECK(rejection("# nothing\n\n") == empty);
  CHECK(rejection("---\n") == empty);
  CHECK(rejection("[1, 2]") == "x.yaml: expected keys and values, as in 'seed: 1', got a list");
  CHECK(rejection("seed") == "x.yaml: expected keys and values, as in 'seed: 1', got 'seed'");
  CHECK(rejection("seed: 1\n---\nseed: 2\n") ==
        "x.yaml:2: text after the end of the config; remove it");
  CHECK(rejection("seed: 1\nseed: 2\n") ==
        "x.yaml:2: seed: duplicate key, already given at x.yaml:1; keep one");
  CHECK(rejection("training:\n  lr: 1\n  \"lr\": 1\n") ==
        "x.yaml:3: training.lr: duplicate key, already given at x.yaml:2; keep one");
  CHECK(rejection("training: {lr: 1\nseed: 2\n").starts_with("x.yaml:"));
  CHECK(rejection("a: &a {b: 1}\nc:\n  <<: *a\n") ==
        "x.yaml:3: c: merge keys ('<<') are not supported; write the keys out");
  CHECK(rejection("seed: !!int 1\n") ==
        "x.yaml:1: seed: the tag 'tag:yaml.org,2002:int'; tags are not supported");
  CHECK(rejection("[a]: 1\n") ==
        "x.yaml:1: a key that is not a word; write 'name: value', and close every bracket");
  CHECK(rejection("seed: {a: b: c}\n").starts_with("x.yaml:1: "));
  CHECK(rejection("output: a: b\n") == "x.yaml:1: an unexpected ':'; quote text that contains one");
  CHECK(rejection("output: 'a' b\n") ==
        "x.yaml:1: text that belongs to no key; check indentation and quotes");
}

TEST_CASE("unclosed quotes and brackets are rejected") {
  for (const std::string quote : {"'", "\""}) {
    for (const std::string end : {"", "\n", "\n\n  \n", "\nseed: 2\n", "\n# end\n", "\\", "\\\n"}) {
      if (quote == "'" && end[0] == '\\') continue;
      const std::string message = rejection("output: " + quote + "runs" + end);
      INFO(quote << "runs" << end);
      CHECK(message.find(": a quote that is never closed") != std::string::npos);
    }
  }
  CHECK(rejection("training: {lr: 1\n") == "x.yaml:1: a '{' that is never closed");
  CHECK(rejection("seed: 1\ntraining: {lr: 1,\n  clip: 1\n\n") ==
        "x.yaml:2: a '{' that is never closed");
  CHECK(rejection("seed: [1, 2\n") == "x.yaml:1: a '[' that is never closed");
}

TEST_CASE("a block of text keeps its final newline unless it is stripped") {
  CHECK(parse_yaml("a: |\n  text\n", "t.yaml").find("a")->text == "text\n");
  CHECK(parse_yaml("a: |\n  text", "t.yaml").find("a")->text == "text\n");
  CHECK(parse_yaml("a: |-\n  text\n", "t.yaml").find("a")->text == "text");
}

TEST_CASE("tabs, control characters and invalid UTF-8 are rejected with their line") {
  CHECK(rejection("seed: 1\n\tdevice: cpu\n") == "x.yaml:2: a tab character; use spaces");
  CHECK(rejection("seed: 1\n# caf\xE9\n") == "x.yaml:2: not UTF-8; save the text as UTF-8");
  CHECK(rejection("\xFF\xFEs\0e\0").starts_with("x.yaml:1: not UTF-8"));
  CHECK(rejection("# \xED\xA0\x80\n").starts_with("x.yaml:1: not UTF-8"));      // a surrogate
  CHECK(rejection("# \xC0\xAF\n").starts_with("x.yaml:1: not UTF-8"));          // overlong
  CHECK(rejection("# \xF4\x90\x80\x80\n").starts_with("x.yaml:1: not UTF-8"));  // past Unicode
  CHECK(rejection("# \xE2\x82").starts_with("x.yaml:1: not UTF-8"));            // cut off
  CHECK(rejection(std::string("seed: 1\0", 8)) ==
        "x.yaml:1: the control character 0x00; remove it");
  // yaml-cpp would take it for the end of the text and ignore the rest.
  CHECK(rejection("seed: 1\n\x04unknown: 2\n") ==
        "x.yaml:2: the control character 0x04; remove it");
  CHECK(rejection("# caf\xC3\xA9\nsede: 1\n").starts_with("x.yaml:2: sede: unknown key"));
}

TEST_CASE("a cyclic alias is rejected") {
  const std::string problem = "an alias to the value that contains it; write the value out";
  CHECK(rejection("training: &a\n  lr: *a\n") == "x.yaml:2: training.lr: " + problem);
  CHECK(rejection("seed: &a [*a]\n") == "x.yaml:1: seed: " + problem);
  CHECK(rejection("&a seed: *b\n") ==
        "x.yaml:1: not valid YAML: the referenced anchor is not defined");
}

TEST_CASE("deep nesting is rejected at any depth") {
  const std::string problem = "nested deeper than 32 levels";
  CHECK(rejection("seed: " + repeat("[", 31) + repeat("]", 31))
            .starts_with("x.yaml:1: seed: expected an integer, got a list"));
  CHECK(rejection("seed: " + repeat("[", 32) + repeat("]", 32)) == "x.yaml:1: " + problem);
  for (const std::string nest : {"[", "{a: ", "- ", "? ", "[a: "}) {
    const std::string message = rejection("seed:\n  " + repeat(nest, 100000));
    INFO(nest);
    CHECK(message.starts_with("x.yaml:2: "));
  }
  CHECK(rejection("seed:\n  " + repeat("- ", 100000)) == "x.yaml:2: " + problem);
  std::string aliases = "a0: &a0 [1]\n";
  for (int i = 1; i < 40; ++i) aliases += fmt::format("a{}: &a{} [*a{}]\n", i, i, i - 1);
  CHECK(rejection(aliases) == "x.yaml:32: " + problem);
}

TEST_CASE("an alias bomb is rejected") {
  std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 10; ++i) {
    bomb +=
        fmt::format("a{}: &a{} [{}*a{}]\n", i, i, repeat(fmt::format("*a{}, ", i - 1), 9), i - 1);
  }
  CHECK(rejection(bomb) ==
        "x.yaml:4: more than 10000 values or 1048576 bytes with aliases written out");
  const std::string text(100000, 'x');
  CHECK(rejection("a: &a " + text + "\nb: [" + repeat("*a, ", 20) + "]") ==
        "x.yaml:2: more than 10000 values or 1048576 bytes with aliases written out");
}

TEST_CASE("a huge text is rejected before it is parsed") {
  CHECK(rejection(std::string(kMaxConfigBytes + 1, '#')) ==
        "x.yaml: 1048577 bytes, at most 1048576 allowed");
  CHECK(rejection(repeat("- 1\n", 10001)) ==
        "x.yaml:10000: more than 10000 values or 1048576 bytes with aliases written out");
}

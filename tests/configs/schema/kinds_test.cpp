#include "configs/schema/kinds.h"

#include "tests/configs/rejection.h"

using namespace seqrl;

TEST_CASE("the kind of a section determines its keys") {
  const ExampleConfig config =
      read_example(kSmallestExample + "backbone: {kind: mamba, dim: 64, d_state: 8}\n");
  CHECK(config.backbone.kind() == "mamba");
  CHECK(config.backbone.shared().dim == 64);
  CHECK(config.backbone.shared().layers == 6);  // mamba's own default
  CHECK(config.backbone.as<MambaExample>().d_state == 8);
  CHECK_THROWS_AS(config.backbone.as<MinGruExample>(), Error);
}

TEST_CASE("a section without a kind has the default kind") {
  const ExampleConfig config = read_example(kSmallestExample + "backbone: {expansion: 4}\n");
  CHECK(config.backbone.as<MinGruExample>().expansion == 4);
}

TEST_CASE("the short form of a section is its kind alone") {
  const ExampleConfig config = read_example(kSmallestExample + "backbone: transformer\n");
  CHECK(config.backbone.as<TransformerExample>().heads == 1);
}

TEST_CASE("an unknown kind is rejected with a suggestion") {
  CHECK(rejection_of_line3("backbone: min_gur\n") ==
        "x.yaml:3: backbone: unknown kind 'min_gur'; did you mean 'min_gru'?");
  CHECK(rejection_of_line3("backbone:\n  kind: zzzzzzzzz\n") ==
        "x.yaml:4: backbone.kind: unknown kind 'zzzzzzzzz'; known: min_gru, mamba, transformer");
  CHECK(rejection_of_line3("backbone: {kind: [mamba]}\n") ==
        "x.yaml:3: backbone.kind: expected the name of a kind: min_gru, mamba, transformer");
}

TEST_CASE("a key that the kind lacks is rejected with its kinds or a suggestion") {
  CHECK(rejection_of_line3("backbone: {kind: min_gru, heads: 4}\n") ==
        "x.yaml:3: backbone.heads: min_gru has no such key, only transformer has; remove it (keys "
        "of min_gru: kind, dim, layers, dropout, expansion, state)");
  CHECK(rejection_of_line3("backbone: {kind: transformer, expansion: 4}\n") ==
        "x.yaml:3: backbone.expansion: transformer has no such key, only min_gru, mamba have; "
        "remove it (keys of transformer: kind, dim, layers, dropout, heads)");
  CHECK(rejection_of_line3("backbone: {kind: min_gru, expnsion: 4}\n") ==
        "x.yaml:3: backbone.expnsion: min_gru has no such key; did you mean 'backbone.expansion'?");
}

TEST_CASE("a copy of a section has its own options") {
  register_example_kinds();
  KindSection<BackboneExample> first("min_gru");
  first.as<MinGruExample>().expansion = 3;
  KindSection<BackboneExample> second = first;
  second.as<MinGruExample>().expansion = 4;
  CHECK(first.as<MinGruExample>().expansion == 3);
  first = second;
  CHECK(first.as<MinGruExample>().expansion == 4);
  first.choose("mamba");
  CHECK(second.kind() == "min_gru");
  CHECK_THROWS_WITH(first.choose("mamab"), "unknown kind 'mamab'; did you mean 'mamba'?");
  CHECK(first.kind() == "mamba");
}

TEST_CASE("aliases of a kind are accepted in configs and not printed") {
  register_example_kinds();
  KindTable& table = kind_table<BackboneExample>();
  table.add_alias("Mamba-v1", "mamba");
  table.add_alias("Mamba-v1", "mamba");  // the same one twice
  ExampleConfig config =
      read_example(kSmallestExample + "backbone: {kind: Mamba-v1, dim: 64, d_state: 8}\n");
  CHECK(config.backbone.kind() == "mamba");
  CHECK(config.backbone.as<MambaExample>().d_state == 8);
  CHECK_THAT(print_config(config), Catch::Contains("kind: mamba") && !Catch::Contains("Mamba-v1"));
  config = read_example(kSmallestExample + "backbone: {kind: min_gru, expansion: 4}\n",
                        {"backbone=Mamba-v1"});
  CHECK(config.backbone.kind() == "mamba");
  CHECK(table.names() == std::vector<std::string>{"min_gru", "mamba", "transformer"});
  CHECK(rejection_of_line3("backbone: Mamba-v2\n") ==
        "x.yaml:3: backbone: unknown kind 'Mamba-v2'; did you mean 'Mamba-v1'?");
  CHECK_THROWS_AS(table.add_alias("Mamba-v1", "min_gru"), Error);
  CHECK_THROWS_AS(table.add_alias("min_gru", "mamba"), Error);
  CHECK_THROWS_AS(table.add_alias("other", "nothing"), Error);
}

TEST_CASE("a table of kinds can explain an unknown kind") {
  struct Base {
    void fields(Fields&) {}
    virtual ~Base() = default;
  };
  register_kind<Base, Base>("near", "");
  kind_table<Base>().explain_unknown(
      [](std::string_view name) { return name == "far" ? std::string("; go there") : ""; });
  CHECK_THROWS_WITH(KindSection<Base>("far"), "unknown kind 'far'; go there");
  CHECK_THROWS_WITH(KindSection<Base>("elsewhere"), "unknown kind 'elsewhere'; known: near");
}

TEST_CASE("a kind is registered once, for one type") {
  register_example_kinds();
  const std::size_t kinds = kind_table<BackboneExample>().all().size();
  register_example_kinds();
  CHECK(kind_table<BackboneExample>().all().size() == kinds);
  CHECK_THROWS_AS((register_kind<BackboneExample, MambaExample>("min_gru", "")), Error);
}

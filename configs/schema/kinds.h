// Sections with a `kind`, which decides the other keys, for pluggable components:
//
//   backbone: {kind: min_gru, dim: 128, expansion: 2}     short form: backbone: min_gru
//
// The configs layer knows no backbone. A layer above defines the shared options and those of each
// kind, and registers the kinds at program start (linkers drop static initialisers):
//
//   struct BackboneConfig {                               // shared by all kinds
//     int dim = 128;
//     void fields(Fields& field) { field("dim", dim, "width", at_least(1)); }
//   };
//   struct MinGruConfig : BackboneConfig {
//     double expansion = 2;
//     void fields(Fields& field) {
//       BackboneConfig::fields(field);
//       field("expansion", expansion, "hidden size / dim", positive());
//     }
//   };
//   register_kind<BackboneConfig, MinGruConfig>("min_gru", "minimal GRU (arXiv 2410.01201)");
//
//   struct Config {
//     KindSection<BackboneConfig> backbone{"min_gru"};    // the default kind; {} when required
//     void fields(Fields& field) { field("backbone", backbone, "the sequence model"); }
//   };
//
//   config.backbone.kind();                               // "min_gru"
//   config.backbone.shared().dim;
//   config.backbone.as<MinGruConfig>().expansion;
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include "configs/schema/fields.h"

namespace seqrl {

struct Tree;

// The options of one kind, whatever their type.
class KindOptions {
 public:
  virtual ~KindOptions() = default;
  virtual std::unique_ptr<KindOptions> clone() const = 0;
  virtual Fields fields() = 0;

  // For options that run code: the key that names the code ("" for other options), and whether the
  // user trusts the source of the options or gave that key directly.
  virtual std::string trust_key() const { return ""; }
  virtual void set_trusted(bool /*trusted*/) {}
};

// All kinds that a section may name.
class KindTable {
 public:
  struct Kind {
    std::string name;
    std::string help;  // one line
    std::type_index type;
    std::function<std::unique_ptr<KindOptions>()> make;  // with the kind's defaults
  };

  // `make_shared` creates the options that all kinds share.
  explicit KindTable(std::function<std::unique_ptr<KindOptions>()> make_shared)
      : make_shared_(std::move(make_shared)) {}

  // The same name and type twice is fine; the same name for another type is an internal error.
  void add(Kind kind);
  // Adds another name for a registered kind. Configs may use it, but printed configs show the
  // kind's own name. The same alias twice is fine; a name that is taken is an internal error.
  void add_alias(std::string alias, std::string_view kind);
  // By name or alias; nullptr when there is none.
  const Kind* find(std::string_view name) const;
  const std::vector<Kind>& all() const { return kinds_; }  // in the order of registration
  std::vector<std::string> names() const;
  // Each alias with its kind.
  const std::vector<std::pair<std::string, std::string>>& aliases() const { return aliases_; }
  std::unique_ptr<KindOptions> make_shared() const { return make_shared_(); }

  // The text after "unknown kind NAME": the nearest name or alias, and the result of
  // explain_unknown()'s function; all names if there is neither.
  std::string suggestion(std::string_view name) const;
  void explain_unknown(std::function<std::string(std::string_view name)> explain) {
    explain_ = std::move(explain);
  }

  // From now on kinds that are not in the table are read as they are, for a program that does not
  // use them.
  void accept_unknown() { accepts_unknown_ = true; }
  bool accepts_unknown() const { return accepts_unknown_; }

 private:
  const Kind* find_own(std::string_view name) const;

  std::vector<Kind> kinds_;
  std::vector<std::pair<std::string, std::string>> aliases_;  // and the kinds that they name
  std::function<std::unique_ptr<KindOptions>()> make_shared_;
  std::function<std::string(std::string_view)> explain_;
  bool accepts_unknown_ = false;
};

// The part of a KindSection that reading and printing need.
class AnyKindSection {
 public:
  const std::string& kind() const { return kind_; }  // "" if none is chosen yet
  bool empty() const { return kind_.empty(); }
  const KindTable& table() const { return *table_; }

  // Chooses a kind, with its defaults. An unknown kind is an Error that names the nearest one.
  void choose(std::string_view kind);
  // Sets a kind that is not registered, for display. Only the options that all kinds share are
  // known; `text` is its whole section.
  void describe(std::string_view kind, const Tree& text);
  const Tree* described() const { return described_.get(); }  // nullptr for a registered kind

  // The fields of the chosen kind; none if empty().
  Fields fields();

  // As in KindOptions; no key if no kind is chosen.
  std::string trust_key() const;
  void set_trusted(bool trusted);

 protected:
  AnyKindSection(const KindTable* table, std::string_view kind);
  AnyKindSection(const AnyKindSection& other);
  AnyKindSection& operator=(const AnyKindSection& other);
  AnyKindSection(AnyKindSection&&) = default;
  AnyKindSection& operator=(AnyKindSection&&) = default;
  ~AnyKindSection() = default;

  KindOptions* options() const;  // an internal Error if empty()
  [[noreturn]] void fail_wrong_type(const char* wanted) const;

 private:
  const KindTable* table_;
  std::string kind_;
  std::unique_ptr<KindOptions> options_;
  std::shared_ptr<const Tree> described_;
};

template <class Base>
class SharedKindOptions : public KindOptions {
 public:
  virtual Base& shared() = 0;
};

template <class Base, class Options>
class TypedKindOptions final : public SharedKindOptions<Base> {
 public:
  std::unique_ptr<KindOptions> clone() const override {
    return std::make_unique<TypedKindOptions>(*this);
  }
  Fields fields() override { return Fields::of(value); }
  Base& shared() override { return value; }

  // For options with `static constexpr const char* kTrustKey` and `bool trusted`.
  std::string trust_key() const override {
    if constexpr (requires { Options::kTrustKey; }) return Options::kTrustKey;
    return "";
  }
  void set_trusted(bool trusted) override {
    if constexpr (requires { value.trusted = trusted; }) value.trusted = trusted;
  }

  Options value;
};

// The only table of a type in the process, for all libraries; `make_shared` as in KindTable.
KindTable& kind_table(std::type_index base,
                      const std::function<std::unique_ptr<KindOptions>()>& make_shared);

// The table of the kinds that share `Base`.
template <class Base>
KindTable& kind_table() {
  static KindTable& table =
      kind_table(typeid(Base), [] { return std::make_unique<TypedKindOptions<Base, Base>>(); });
  return table;
}

// Registers `name` as a kind of KindSection<Base> with options `Options`. `help` is one line.
template <ConfigSection Base, std::derived_from<Base> Options>
void register_kind(std::string name, std::string help) {
  kind_table<Base>().add({std::move(name), std::move(help), typeid(Options),
                          [] { return std::make_unique<TypedKindOptions<Base, Options>>(); }});
}

// A chosen kind and its options. Copies are deep.
template <ConfigSection Base>
class KindSection : public AnyKindSection {
 public:
  // Without a kind; the config must choose one.
  KindSection() : AnyKindSection(&kind_table<Base>(), "") {}
  // With a default kind, which must be registered already.
  explicit KindSection(std::string_view kind) : AnyKindSection(&kind_table<Base>(), kind) {}

  // The options that all kinds share.
  Base& shared() { return static_cast<SharedKindOptions<Base>*>(options())->shared(); }
  const Base& shared() const { return static_cast<SharedKindOptions<Base>*>(options())->shared(); }

  // The options of the chosen kind; an internal Error if they have another type.
  template <std::derived_from<Base> Options>
  Options& as() {
    return typed<Options>();
  }
  template <std::derived_from<Base> Options>
  const Options& as() const {
    return typed<Options>();
  }

 private:
  template <class Options>
  Options& typed() const {
    auto* typed = dynamic_cast<TypedKindOptions<Base, Options>*>(options());
    if (typed == nullptr) fail_wrong_type(typeid(Options).name());
    return typed->value;
  }
};

}  // namespace seqrl

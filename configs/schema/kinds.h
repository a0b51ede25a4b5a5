// Sections whose `kind` names what reads the rest, for pluggable things:
//
//   backbone: {kind: min_gru, dim: 128, expansion: 2}     short form: backbone: min_gru
//
// The configs layer knows no backbone. A layer above defines what all kinds share and what each
// adds, and registers them when the program starts (static initialisers get dropped by linkers):
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

  // For options that have code run: the key that names it, "" for others, and whether the user
  // trusts what the options came from, or gave that key himself.
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

  // `make_shared` makes what all kinds share.
  explicit KindTable(std::function<std::unique_ptr<KindOptions>()> make_shared)
      : make_shared_(std::move(make_shared)) {}

  // The same name and type twice is fine; the same name for another type is an internal error.
  void add(Kind kind);
  // Another name of a registered kind, which configs may write; they show the kind's own. The same
  // twice is fine; a name that is taken is an internal error.
  void add_alias(std::string alias, std::string_view kind);
  // By name or alias; nullptr when there is none.
  const Kind* find(std::string_view name) const;
  const std::vector<Kind>& all() const { return kinds_; }  // in the order of registration
  std::vector<std::string> names() const;
  // Each alias with the kind that it names.
  const std::vector<std::pair<std::string, std::string>>& aliases() const { return aliases_; }
  std::unique_ptr<KindOptions> make_shared() const { return make_shared_(); }

  // What to say after "unknown kind NAME": the nearest name or alias, and what explain_unknown()'s
  // function answers; all names where there is neither.
  std::string suggestion(std::string_view name) const;
  void explain_unknown(std::function<std::string(std::string_view name)> explain) {
    explain_ = std::move(explain);
  }

  // From now on kinds that are not in the table are read as they stand, for a program that needs
  // nothing of them.
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

// What reading and printing need of a KindSection.
class AnyKindSection {
 public:
  const std::string& kind() const { return kind_; }  // "" when none was chosen yet
  bool empty() const { return kind_.empty(); }
  const KindTable& table() const { return *table_; }

  // Chooses a kind, with its defaults. An Error naming the nearest kind when there is no such one.
  void choose(std::string_view kind);
  // Takes a kind that is not registered, to be shown: of its options only those that all kinds
  // share are known, and `text` is its whole section.
  void describe(std::string_view kind, const Tree& text);
  const Tree* described() const { return described_.get(); }  // nullptr for a registered kind

  // The fields of the chosen kind; none when empty().
  Fields fields();

  // As KindOptions has them; no key where no kind is chosen.
  std::string trust_key() const;
  void set_trusted(bool trusted);

 protected:
  AnyKindSection(const KindTable* table, std::string_view kind);
  AnyKindSection(const AnyKindSection& other);
  AnyKindSection& operator=(const AnyKindSection& other);
  AnyKindSection(AnyKindSection&&) = default;
  AnyKindSection& operator=(AnyKindSection&&) = default;
  ~AnyKindSection() = default;

  KindOptions* options() const;  // an internal Error when empty()
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

  // Of options with `static constexpr const char* kTrustKey` and `bool trusted`.
  std::string trust_key() const override {
    if constexpr (requires { Options::kTrustKey; }) return Options::kTrustKey;
    return "";
  }
  void set_trusted(bool trusted) override {
    if constexpr (requires { value.trusted = trusted; }) value.trusted = trusted;
  }

  Options value;
};

// The one table of a type in the process, whichever library asks; `make_shared` as in KindTable.
KindTable& kind_table(std::type_index base,
                      const std::function<std::unique_ptr<KindOptions>()>& make_shared);

// The table of the kinds that share `Base`.
template <class Base>
KindTable& kind_table() {
  static KindTable& table =
      kind_table(typeid(Base), [] { return std::make_unique<TypedKindOptions<Base, Base>>(); });
  return table;
}

// Makes `name` a kind of KindSection<Base>, its options an `Options`. `help` is one line.
template <ConfigSection Base, std::derived_from<Base> Options>
void register_kind(std::string name, std::string help) {
  kind_table<Base>().add({std::move(name), std::move(help), typeid(Options),
                          [] { return std::make_unique<TypedKindOptions<Base, Options>>(); }});
}

// A chosen kind and its options. Copies are deep.
template <ConfigSection Base>
class KindSection : public AnyKindSection {
 public:
  // Without a kind: the config must give one.
  KindSection() : AnyKindSection(&kind_table<Base>(), "") {}
  // With a default kind, which must be registered already.
  explicit KindSection(std::string_view kind) : AnyKindSection(&kind_table<Base>(), kind) {}

  // What all kinds share.
  Base& shared() { return static_cast<SharedKindOptions<Base>*>(options())->shared(); }
  const Base& shared() const { return static_cast<SharedKindOptions<Base>*>(options())->shared(); }

  // The options of the chosen kind; an internal Error when that kind's type is another.
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

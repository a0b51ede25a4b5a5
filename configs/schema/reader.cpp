// Reads a tree into fields; checks unknown and missing keys, kinds and relations between fields.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/text.h"
#include "configs/schema/builtin_configs.h"
#include "configs/schema/config.h"
#include "configs/schema/overrides.h"
#include "configs/schema/tree.h"
#include "configs/schema/values.h"

namespace seqrl {
namespace {

BuiltinConfigs builtin_configs = nullptr;

std::string join(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

// "; did you mean 'training.steps'?" with full keys; `path` is the section's path.
std::string suggest_key(const std::string& name, const std::string& path,
                        const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(name, known);
  return nearest.empty() ? suggestion(name, known)
                         : fmt::format("; did you mean '{}'?", join(path, nearest));
}

class Reader {
 public:
  Reader(const Fields& root, PluginUse plugins) : root_(root), plugins_(plugins) {}

  // If `fields` are the options of a section with a kind, `kinds` is that section.
  void read_section(const Fields& fields, const Tree& tree, const std::string& path,
                    const AnyKindSection* kinds = nullptr) {
    require_section(tree, path);
    for (const auto& [name, value] : tree.entries) {
      const bool known = fields.find(name) != nullptr ||
                         (kinds != nullptr && (name == "kind" || kinds->described() != nullptr));
      if (!known) reject_unknown(fields, value.origin, name, path, kinds);
    }
    for (const Field& field : fields.all()) {
      const Tree* value = tree.find(field.name);
      if (value != nullptr) {
        read_field(field, *value, join(path, field.name));
      } else {
        require_given(field, tree, join(path, field.name));
      }
    }
    for (const Fields::Check& check : fields.checks()) {
      if (!check.holds()) reject_check(fields, check, tree, path);
    }
    for (const auto& find : fields.inspections()) {
      if (const auto fault = find()) reject_fault(*fault, tree, path);
    }
  }

 private:
  static void require_section(const Tree& tree, const std::string& path) {
    if (tree.kind == Tree::Kind::map) return;
    if (tree.kind == Tree::Kind::null) {
      reject_at(tree.origin, path,
                path.empty() ? "empty; give keys and values, as in 'seed: 1'"
                             : "has no value; give its keys, or remove it");
    }
    const std::string got = tree.kind == Tree::Kind::list ? "a list" : shown(tree.text);
    reject_at(tree.origin, path,
              fmt::format("expected keys and values, as in 'seed: 1', got {}", got));
  }

  void read_field(const Field& field, const Tree& tree, const std::string& path) {
    if (field.section != nullptr) {
      read_section(*field.section, tree, path);
    } else if (AnyKindSection* kinds = field.kinds()) {
      read_kind(*kinds, tree, path);
    } else {
      read_value(field, tree, path);
    }
  }

  void read_kind(AnyKindSection& section, Tree tree, const std::string& path) {
    const bool short_form = tree.kind == Tree::Kind::scalar;
    expand_short_form(tree);
    require_section(tree, path);
    const std::string kind_path = short_form ? path : join(path, "kind");
    const Tree* kind = tree.find("kind");
    if (kind == nullptr && section.empty()) reject_missing_kind(section, tree.origin, kind_path);
    if (kind != nullptr) {
      const std::vector<std::string> names = section.table().names();
      if (kind->kind != Tree::Kind::scalar) {
        reject_at(kind->origin, kind_path,
                  fmt::format("expected the name of a kind: {}", fmt::join(names, ", ")));
      }
      const KindTable::Kind* known = section.table().find(kind->text);
      if (known == nullptr && plugins_ != PluginUse::describe &&
          !section.table().accepts_unknown()) {
        reject_at(kind->origin, kind_path,
                  fmt::format("unknown kind {}{}{}", shown(kind->text),
                              section.table().suggestion(kind->text), plugin_hint()));
      }
      if (known == nullptr) {
        section.describe(kind->text, tree);
      } else if (known->name != section.kind()) {
        section.choose(known->name);
      }
    }
    read_section(section.fields(), tree, path, &section);
    if (const std::string key = section.trust_key(); !key.empty()) {
      const Tree* code = tree.find(key);
      section.set_trusted(plugins_ == PluginUse::load || !tree.origin.override.empty() ||
                          (code != nullptr && !code->origin.override.empty()));
    }
  }

  // Called for a `field` that is not in the config. Rejects it if it is required or contains a
  // required field.
  void require_given(const Field& field, const Tree& parent, const std::string& path) {
    if (field.required()) {
      reject_at(parent.origin, path, fmt::format("missing; give it: {}", field.help));
    }
    if (AnyKindSection* kinds = field.kinds()) {
      if (kinds->empty()) reject_missing_kind(*kinds, parent.origin, path);
      require_all_given(kinds->fields(), parent, path);
    } else if (field.section != nullptr) {
      require_all_given(*field.section, parent, path);
    }
  }

  void require_all_given(const Fields& fields, const Tree& parent, const std::string& path) {
    for (const Field& field : fields.all()) require_given(field, parent, join(path, field.name));
  }

  [[noreturn]] static void reject_missing_kind(const AnyKindSection& section, const Origin& origin,
                                               const std::string& path) {
    reject_at(origin, path,
              fmt::format("missing; give one of {}", fmt::join(section.table().names(), ", ")));
  }

  [[noreturn]] void reject_unknown(const Fields& fields, const Origin& origin,
                                   const std::string& name, const std::string& path,
                                   const AnyKindSection* kinds) const {
    const std::string key = join(path, name);
    const std::size_t colon = name.find(':');
    if (colon != std::string::npos && fields.find(name.substr(0, colon)) != nullptr) {
      reject_at(origin, key, "unknown key; put a space after the colon");
    }
    if (name.find('.') != std::string::npos && origin.override.empty()) {
      reject_at(origin, key, "unknown key; nest keys, dots are for the command line");
    }
    if (kinds != nullptr) {
      reject_at(origin, key, unknown_key_of_kind(fields, name, path, *kinds));
    }
    const std::string elsewhere = find_elsewhere(root_, name, "");
    const std::string hint = elsewhere.empty() ? suggest_key(name, path, fields.names())
                                               : fmt::format("; did you mean '{}'?", elsewhere);
    reject_at(origin, key, "unknown key" + hint);
  }

  // The message for a key that the chosen kind lacks: a typo, or a key of another kind.
  static std::string unknown_key_of_kind(const Fields& fields, const std::string& name,
                                         const std::string& path, const AnyKindSection& kinds) {
    std::vector<std::string> owners;
    for (const KindTable::Kind& kind : kinds.table().all()) {
      if (kind.make()->fields().find(name) != nullptr) owners.push_back(kind.name);
    }
    std::vector<std::string> known = fields.names();
    known.insert(known.begin(), "kind");
    if (owners.empty()) {
      return fmt::format("{} has no such key{}", kinds.kind(), suggest_key(name, path, known));
    }
    return fmt::format("{} has no such key, only {} {}; remove it (keys of {}: {})", kinds.kind(),
                       fmt::join(owners, ", "), owners.size() == 1 ? "has" : "have", kinds.kind(),
                       fmt::join(known, ", "));
  }

  // The full key of the field called `name` in any section; "" if there is none.
  static std::string find_elsewhere(const Fields& fields, const std::string& name,
                                    const std::string& path) {
    if (fields.find(name) != nullptr) return join(path, name);
    for (const Field& field : fields.all()) {
      const std::string below = join(path, field.name);
      std::string found;
      if (field.section != nullptr) found = find_elsewhere(*field.section, name, below);
      if (AnyKindSection* kinds = field.kinds()) {
        found = find_elsewhere(kinds->fields(), name, below);
      }
      if (!found.empty()) return found;
    }
    return "";
  }

  [[noreturn]] static void reject_check(const Fields& fields, const Fields::Check& check,
                                        const Tree& tree, const std::string& path) {
    const Tree* value = tree.find(check.name);
    const Field& field = *fields.find(check.name);
    const AnyKindSection* kinds = field.kinds();
    // A section with keys has no short form to show.
    const std::string shown = kinds != nullptr ? kinds->kind() + " is not allowed; it"
                              : field.section != nullptr
                                  ? "it"
                                  : yaml_value(field) + " is not allowed; it";
    reject_at(value != nullptr ? value->origin : tree.origin, join(path, check.name),
              fmt::format("{} must {}", shown, check.text));
  }

  // Reports the fault at the last of its keys that is in the text.
  [[noreturn]] static void reject_fault(const Fields::Fault& fault, const Tree& tree,
                                        std::string path) {
    const Tree* place = &tree;
    const Tree* next = &tree;
    for (const std::string& key : fault.keys) {
      path = join(path, key);
      next = next == nullptr ? nullptr : next->find(key);
      if (next != nullptr) place = next;
    }
    reject_at(place->origin, path, fault.text);
  }

  // A hint for an unknown kind if the text names plugins, which were read before.
  std::string plugin_hint() const {
    const Field* field = root_.find("plugins");
    if (field == nullptr) return "";
    const auto* plugins = std::get_if<std::vector<std::string>*>(&field->value);
    if (plugins == nullptr || (*plugins)->empty()) return "";
    return fmt::format("; its libraries are {}", yaml_value(*field));
  }

  const Fields& root_;
  PluginUse plugins_;
};

// Reads the fields that other keys depend on. `tree` is a copy: the other overrides are applied
// once those keys are known.
void read_first(const Fields& fields, const std::vector<std::string>& overrides, Tree tree,
                PluginUse plugins) {
  for (const Field& field : fields.all()) {
    if (!field.then) continue;
    std::vector<std::string> own;
    std::ranges::copy_if(overrides, std::back_inserter(own), [&](const std::string& text) {
      return text.starts_with(field.name + "=");
    });
    apply_overrides(fields, own, tree, nullptr);
    const Tree* value = tree.find(field.name);
    if (value != nullptr) read_value(field, *value, field.name);
    try {
      field.then(plugins, value != nullptr && !value->origin.override.empty());
    } catch (const Error& error) {
      if (value == nullptr || error.kind() != ErrorKind::user) throw;
      reject_at(value->origin, field.name, error.what());
    }
  }
}

}  // namespace

void read_fields(const Fields& fields, std::string_view text, const std::string& source,
                 const std::vector<std::string>& overrides, std::vector<std::string>* notes,
                 PluginUse plugins) {
  Tree tree = parse_yaml(text, source);
  // Overrides need a map to go into; the reader rejects anything else.
  if (tree.kind == Tree::Kind::map) read_first(fields, overrides, tree, plugins);
  if (tree.kind == Tree::Kind::map) apply_overrides(fields, overrides, tree, notes);
  Reader(fields, plugins).read_section(fields, tree, "");
}

std::string read_config_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (builtin_configs != nullptr && !std::filesystem::exists(path, ignored)) {
    if (const auto text = builtin_configs(path)) return std::string(*text);
  }
  return read_file(path, kMaxConfigBytes);
}

void set_builtin_configs(BuiltinConfigs find) {
  builtin_configs = find;
}

}  // namespace seqrl

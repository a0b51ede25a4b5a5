#include "configs/schema/overrides.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/base/utf8.h"
#include "configs/schema/kinds.h"

namespace seqrl {
namespace {

struct Override {
  std::string key;                    // "backbone.dim"
  std::vector<std::string> segments;  // "backbone", "dim"
  std::string text;                   // of the value
  Origin origin;
  Tree value;  // set once its field is known
};

Override parse_override(const std::string& text) {
  Override parsed;
  parsed.origin.text = fmt::format("command line: {}", shown(text));
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    reject_at(parsed.origin, "", "not an override; write key=value, as in training.steps=5000");
  }
  parsed.key = text.substr(0, equals);
  parsed.origin.override = parsed.key;
  for (std::size_t begin = 0; begin <= parsed.key.size();) {
    const std::size_t end = std::min(parsed.key.find('.', begin), parsed.key.size());
    parsed.segments.push_back(parsed.key.substr(begin, end - begin));
    if (parsed.segments.back().empty()) {
      reject_at(parsed.origin, "", "an empty name in the key; write it as in training.steps=5000");
    }
    begin = end + 1;
  }
  if (parsed.segments.size() > static_cast<std::size_t>(kMaxConfigDepth)) {
    reject_at(parsed.origin, "", fmt::format("nested deeper than {} levels", kMaxConfigDepth));
  }
  parsed.text = text.substr(equals + 1);
  return parsed;
}

// Whether a `text` for `field`, which may be nullptr, is taken literally instead of as YAML: a
// string may contain '#', ': ' and brackets.
bool is_literal(const Field* field, std::string_view text) {
  if (field == nullptr || text.empty()) return false;
  const bool optional = std::holds_alternative<std::optional<std::string>*>(field->value);
  const bool list = std::holds_alternative<std::vector<std::string>*>(field->value);
  if (!optional && !list && !std::holds_alternative<std::string*>(field->value)) return false;
  const char first = text.front();
  const bool quoted = (first == '"' || first == '\'') && text.size() > 1 && text.back() == first;
  return !quoted && !(optional && text == "null") && !(list && first == '[');
}

Tree parse_value(const Field* field, const Override& change) {
  if (!is_literal(field, change.text)) return parse_yaml_value(change.text, change.origin);
  for (std::string_view rest = change.text; !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    if (length == 0) reject_at(change.origin, "", "not UTF-8; write it as UTF-8");
    rest.remove_prefix(length);
  }
  Tree value;
  value.kind = Tree::Kind::scalar;
  value.origin = change.origin;
  value.text = change.text;
  return value;
}

// The fields of one kind; they stay bound as long as this object lives.
struct KindFields {
  KindFields(const KindTable& table, std::string_view kind) {
    if (const KindTable::Kind* found = table.find(kind)) {
      options = found->make();
      fields = options->fields();
    }
  }

  std::unique_ptr<KindOptions> options;  // nullptr for an unknown kind
  Fields fields;
};

// The kind that `tree`, the text of `section`, chooses.
std::string chosen_kind(const AnyKindSection& section, const Tree& tree) {
  const Tree* kind = tree.find("kind");
  return kind == nullptr ? section.kind() : kind->text;
}

// Sets the kind of `section` in its text, the map `tree`, and drops the file's keys that only the
// previous kind has.
void switch_kind(const AnyKindSection& section, const Override& change, const std::string& name,
                 Tree& tree, std::vector<std::string>* notes) {
  const KindFields before(section.table(), chosen_kind(section, tree));
  tree.set("kind", change.value);
  const KindFields after(section.table(), change.value.text);
  if (!before.options || !after.options) return;
  const auto left_out = [&](const auto& entry) {
    const auto& [key, value] = entry;
    const bool from_file = value.origin.override.empty();
    const bool obsolete = key != "kind" && before.fields.find(key) && !after.fields.find(key);
    if (from_file && obsolete && notes != nullptr) {
      notes->push_back(fmt::format("{}: {}.{}: left out, {} has no such key ({})",
                                   value.origin.text, name, key, change.value.text,
                                   change.origin.text));
    }
    return from_file && obsolete;
  };
  std::erase_if(tree.entries, left_out);
}

// The section `segment` of `parent`, created if it is missing.
Tree& descend(Tree& parent, const std::string& segment, const Override& change,
              const AnyKindSection* kinds) {
  Tree* child = parent.find(segment);
  if (child == nullptr) {
    Tree made;
    made.kind = Tree::Kind::map;
    made.origin = change.origin;
    child = &parent.set(segment, std::move(made));
  }
  if (kinds != nullptr) expand_short_form(*child);
  if (child->kind != Tree::Kind::map) {
    reject_at(change.origin, "",
              fmt::format("'{}' is not a section at {}", segment, child->origin.text));
  }
  return *child;
}

// Returns the key that was set: "backbone.kind" for `backbone=mamba`.
std::string apply(const Fields& root, Override& change, Tree& tree,
                  std::vector<std::string>* notes) {
  Tree* parent = &tree;
  const Fields* fields = &root;  // nullptr below an undeclared key
  const AnyKindSection* parent_kinds = nullptr;
  std::vector<std::unique_ptr<KindFields>> kinds_on_the_way;
  std::string path;
  for (std::size_t i = 0;; ++i) {
    const std::string& segment = change.segments[i];
    const Field* field = fields == nullptr ? nullptr : fields->find(segment);
    const AnyKindSection* kinds = field == nullptr ? nullptr : field->kinds();
    const bool last = i + 1 == change.segments.size();
    if (last) change.value = parse_value(field, change);
    if (last && parent_kinds != nullptr && segment == "kind") {
      switch_kind(*parent_kinds, change, path, *parent, notes);
      return change.key;
    }
    path += (path.empty() ? "" : ".") + segment;
    if (last && !(kinds != nullptr && change.value.kind == Tree::Kind::scalar)) {
      parent->set(segment, change.value);
      return change.key;
    }
    parent = &descend(*parent, segment, change, kinds);
    if (last) {
      switch_kind(*kinds, change, path, *parent, notes);
      return change.key + ".kind";
    }
    parent_kinds = kinds;
    fields = field == nullptr ? nullptr : field->section.get();
    if (kinds != nullptr) {
      kinds_on_the_way.push_back(
          std::make_unique<KindFields>(kinds->table(), chosen_kind(*kinds, *parent)));
      fields = &kinds_on_the_way.back()->fields;
    }
  }
}

// Rejects `later` if it would undo `earlier` completely.
void reject_undone(const Override& earlier, const Override& later) {
  if (earlier.key != later.key && !earlier.key.starts_with(later.key + ".")) return;
  reject_at(later.origin, "",
            fmt::format("undoes {}; give only one of them",
                        earlier.origin.text.substr(std::string_view("command line: ").size())));
}

}  // namespace

void expand_short_form(Tree& section) {
  if (section.kind != Tree::Kind::scalar) return;
  Tree map;
  map.kind = Tree::Kind::map;
  map.origin = section.origin;
  map.set("kind", std::move(section));
  section = std::move(map);
}

void apply_overrides(const Fields& fields, const std::vector<std::string>& overrides, Tree& tree,
                     std::vector<std::string>* notes) {
  std::vector<Override> applied;
  for (const std::string& text : overrides) {
    Override change = parse_override(text);
    change.key = apply(fields, change, tree, notes);
    for (const Override& earlier : applied) reject_undone(earlier, change);
    applied.push_back(std::move(change));
  }
}

}  // namespace seqrl

// Reads, prints and explains strict YAML configs. A struct declares its fields once
// (configs/schema/fields.h).
//
// Anything invalid is rejected with a one-line Error of kind `user`:
//   FILE:LINE: key.path: what was wrong; what to do
//   hopper.yaml:9: training.stpes: unknown key; did you mean 'training.steps'?
//   command line: 'training.steps=0': 0 is out of range; must be at least 1
// Rejected are unknown and duplicate keys, missing required keys, wrong types, values out of range,
// NaN and infinity, merge keys (`<<`), tags, tabs, several documents, text that is not UTF-8,
// cyclic aliases, and anything beyond the limits in configs/schema/tree.h.
//
// Types, stricter than YAML:
//   boolean   true, false
//   integer   128, -1, 1e5 (whole numbers only; no 0x10, 010 or 1_000)
//   number    0.1, 1e-4, 3; finite, within the range of a double
//   string    any scalar but null; quote it if YAML needs that
//   list      [a, b]; a scalar reads as a list of one
//   optional  like its type, or null for none
//
// Overrides are `key=value` with dotted keys and values in YAML:
//   training.steps=5000   evaluation.targets=[3600,1800]   dataset={path: hopper-medium.hdf5}
// A value for a string is taken literally, `output=runs/a #2`, unless it is quoted; a value for a
// list of strings is YAML if it begins with a bracket.
// Overrides take precedence over the file and are applied in the order given. A value replaces
// everything that the file has under its key: `training={lr: 0.1}` drops the file's other training
// keys. An override that would undo an earlier one is rejected. Without a file, read the text `{}`.
//
// Kinds (configs/schema/kinds.h): `backbone=mamba` changes only the kind. Keys in the file's
// backbone section that the new kind also has are kept. Keys that only the old kind has are
// dropped with a note: `expansion: 2` was meant for min_gru. A key that neither kind has is still
// an error, and so is a key on the command line that the new kind lacks.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "configs/schema/fields.h"
#include "configs/schema/kinds.h"

namespace seqrl {

// The implementation of the templates below. `source` names the text in errors; notes about dropped
// keys are appended to `notes` unless that is nullptr.
void read_fields(const Fields& fields, std::string_view text, const std::string& source,
                 const std::vector<std::string>& overrides, std::vector<std::string>* notes,
                 PluginUse plugins);
std::string print_fields(const Fields& fields);
nlohmann::ordered_json fields_json(const Fields& fields);
nlohmann::ordered_json fields_schema(const Fields& fields, const std::string& title);
std::string explain_fields(const Fields& fields, const std::string& prefix, std::size_t width);
std::string read_config_file(const std::filesystem::path& path);

// Reads a C from a YAML text, then applies overrides. Throws an Error as above.
template <ConfigSection C>
C read_config_text(std::string_view text, const std::string& source,
                   const std::vector<std::string>& overrides = {},
                   std::vector<std::string>* notes = nullptr,
                   PluginUse plugins = PluginUse::refuse) {
  C config;
  read_fields(Fields::of(config), text, source, overrides, notes, plugins);
  return config;
}

// Reads a C from a YAML file, then applies overrides. Throws an Error as above, or one naming a
// file that cannot be read.
template <ConfigSection C>
C read_config(const std::filesystem::path& path, const std::vector<std::string>& overrides = {},
              std::vector<std::string>* notes = nullptr, PluginUse plugins = PluginUse::refuse) {
  return read_config_text<C>(read_config_file(path), path.string(), overrides, notes, plugins);
}

// The resolved config as YAML: every key, in the order of declaration. Reading it restores
// `config`, doubles bit for bit.
template <ConfigSection C>
std::string print_config(C config) {
  return print_fields(Fields::of(config));
}

// The same as JSON, an nlohmann::ordered_json; the caller includes <nlohmann/json.hpp>.
template <ConfigSection C>
auto config_json(C config) {
  return fields_json(Fields::of(config));
}

// A JSON schema (draft 7) of the config: keys, types, ranges, names of kinds with their options,
// defaults and meanings. Editors use it to check and complete YAML files. It does not contain
// relations between keys or the contents of custom values. The caller includes <nlohmann/json.hpp>.
template <ConfigSection C>
auto json_schema(const std::string& title) {
  C config;
  return fields_schema(Fields::of(config), title);
}

// Every key with its default, type, range and meaning, including the keys of every registered kind,
// in lines of at most `width` columns if words allow. `prefix` selects a key, or a section and
// everything below it: "training", "backbone.dim", "backbone=mamba". Throws an Error with the
// nearest name if there is no such key.
template <ConfigSection C>
std::string help_text(const std::string& prefix = "", std::size_t width = 100) {
  C config;
  return explain_fields(Fields::of(config), prefix, width);
}

}  // namespace seqrl

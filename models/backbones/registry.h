// The registry of backbones, by name.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "configs/schema/kinds.h"
#include "models/backbones/backbone.h"
#include "models/backbones/config.h"

namespace seqrl {

using BackboneSection = KindSection<BackboneConfig>;
using BackboneBuilder =
    std::function<std::unique_ptr<Backbone>(Module* parent, const BackboneSection& section)>;

// Registers the factory of a backbone; call it before registering its kind. A name that is taken is
// an Error of kind user.
void register_backbone_factory(const std::string& kind, BackboneBuilder factory);

// Registers class B, with constructor (Module* parent, std::string name, const Options&), as
// `backbone: kind` in configs.
template <typename B, typename Options>
void register_backbone(const std::string& kind, const std::string& help) {
  register_backbone_factory(kind, [](Module* parent, const BackboneSection& section) {
    return std::make_unique<B>(parent, "backbone", section.as<Options>());
  });
  register_kind<BackboneConfig, Options>(kind, help);
}

// min_gru, min_lstm, gru, lstm, mamba, transformer. Calling it again is harmless.
void register_builtin_backbones();

// The kinds of all registered backbones, the built-in ones first.
std::vector<std::string> backbone_names();

// Makes the backbone that a section describes, as the child "backbone" of `parent`. Its parameters
// have no values yet.
std::unique_ptr<Backbone> make_backbone(Module* parent, const BackboneSection& section);

// The number of parameters of the backbone that a section describes.
std::int64_t count_parameters(const BackboneSection& section);

// If `match_parameters` is given, sets `dim` to the multiple of 16 with the nearest number of
// parameters, among those up to 16384 that pass the checks of the section's fields. An Error of
// kind user if there is none.
void match_parameters(BackboneSection& section);

}  // namespace seqrl

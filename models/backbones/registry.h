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

// Makes a backbone known by a factory, before its kind is registered. A name that is taken is an
// Error of kind user.
void register_backbone_factory(const std::string& kind, BackboneBuilder factory);

// Makes class B, with constructor (Module* parent, std::string name, const Options&), known to
// configs as `backbone: kind`.
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

// The backbone that a section describes, as the child "backbone" of `parent`, without values yet.
std::unique_ptr<Backbone> make_backbone(Module* parent, const BackboneSection& section);

// Parameters of the backbone that a section describes.
std::int64_t count_parameters(const BackboneSection& section);

// Where `match_parameters` is given, sets `dim` to the multiple of 16 whose number of parameters is
// nearest to it, of those for which the checks of the section's fields hold without it. An Error of
// kind user where there is none.
void match_parameters(BackboneSection& section);

}  // namespace seqrl

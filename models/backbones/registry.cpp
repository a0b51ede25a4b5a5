#include "models/backbones/registry.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "configs/base/error.h"
#include "configs/schema/registry.h"
#include "models/backbones/gru.h"
#include "models/backbones/lstm.h"
#include "models/backbones/mamba.h"
#include "models/backbones/min_gru.h"
#include "models/backbones/min_lstm.h"
#include "models/backbones/transformer.h"

namespace seqrl {
namespace {

constexpr std::int64_t kLargestDim = 16384;  // the largest that match_parameters tries

Registry<BackboneBuilder>& factories() {
  static Registry<BackboneBuilder> all("a backbone");
  return all;
}

}  // namespace

void register_backbone_factory(const std::string& kind, BackboneBuilder factory) {
  factories().add(kind, std::move(factory));
}

void register_builtin_backbones() {
  static const bool once = [] {
    register_backbone<MinGru, MinGruConfig>("min_gru", "minimal GRU (arXiv 2410.01201)");
    register_backbone<MinLstm, MinLstmConfig>("min_lstm", "minimal LSTM (arXiv 2410.01201)");
    register_backbone<Gru, GruConfig>("gru", "gated recurrent unit (arXiv 1406.1078)");
    register_backbone<Lstm, LstmConfig>("lstm", "long short-term memory (Hochreiter 1997)");
    register_backbone<Mamba, MambaConfig>("mamba", "selective state space (arXiv 2312.00752)");
    register_backbone<Transformer, TransformerConfig>("transformer",
                                                      "causal attention, pre-norm (GPT-2)");
    return true;
  }();
  static_cast<void>(once);
}

std::vector<std::string> backbone_names() {
  register_builtin_backbones();
  return kind_table<BackboneConfig>().names();
}

std::unique_ptr<Backbone> make_backbone(Module* parent, const BackboneSection& section) {
  const BackboneBuilder factory = factories().find(section.kind());
  SEQRL_CHECK(factory);
  auto backbone = factory(parent, section);
  SEQRL_REQUIRE(backbone, "the factory of backbone '{}' returned nothing", section.kind());
  return backbone;
}

std::int64_t count_parameters(const BackboneSection& section) {
  std::int64_t count = 0;
  make_backbone(nullptr, section)
      ->for_each_parameter([&](const std::string&, const Parameter& parameter) {
        count += parameter.shape().size();
      });
  return count;
}

void match_parameters(BackboneSection& section) {
  if (!section.shared().match_parameters) return;
  const std::int64_t wanted = *section.shared().match_parameters;
  BackboneSection tried = section;
  tried.shared().match_parameters.reset();  // so that the checks of dim apply
  const Fields fields = tried.fields();
  std::int64_t best = 0, best_distance = 0;
  for (std::int64_t dim = 16; dim <= kLargestDim; dim += 16) {
    tried.shared().dim = dim;
    if (!std::ranges::all_of(fields.checks(), [](const auto& check) { return check.holds(); })) {
      continue;
    }
    const std::int64_t count = count_parameters(tried), distance = std::abs(count - wanted);
    if (best == 0 || distance < best_distance) best = dim, best_distance = distance;
    if (count > wanted) break;  // the count grows with dim
  }
  SEQRL_REQUIRE(best > 0,
                "backbone.match_parameters: no multiple of 16 up to {} can be the dim of this {}",
                kLargestDim, section.kind());
  section.shared().dim = best;
}

}  // namespace seqrl

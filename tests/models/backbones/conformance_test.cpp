#include "models/backbones/conformance.h"

#include "models/backbones/mamba.h"
#include "models/backbones/min_gru.h"
#include "models/backbones/min_lstm.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

template <typename B, typename Config>
std::string violations(const Config& config) {
  std::string text;
  for (const auto& line :
       check_conformance([&] { return std::make_unique<B>(nullptr, "", config); })) {
    text += line + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("min_gru and min_lstm conform") {
  for (const char* state : {"positive", "signed"}) {
    for (const bool rich : {false, true}) {
      const MinRnnConfig config{{.dim = rich ? 7 : 16, .layers = 2},
                                state,
                                rich ? 2 : 1,
                                rich ? 1.0 : 0.0,
                                rich ? 4 : 0,
                                rich ? 2 : 0,
                                rich};
      CHECK(violations<MinGru>(MinGruConfig{config}) == "");
      CHECK(violations<MinLstm>(MinLstmConfig{config}) == "");
    }
  }
}

TEST_CASE("mamba conforms") {
  CHECK(violations<Mamba>(MambaConfig{{.dim = 8, .layers = 2}}) == "");
  CHECK(violations<Mamba>(MambaConfig{{.dim = 33, .layers = 1}, 2, 5, 1, 2}) == "");
}

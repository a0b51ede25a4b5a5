#include "models/backbones/memory.h"

#include "models/core/tape.h"
#include "models/nn/parameter_block.h"
#include "models/ops/loss.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("bytes_per_token matches the memory of a pass") {
  for (const std::string& kind : backbone_names()) {
    for (const bool training : {true, false}) {
      BackboneSection section;
      section.choose(kind);
      section.shared().dim = 48;
      section.shared().layers = 4;
      const auto backbone = make_backbone(nullptr, section);
      const ParameterBlock block(*backbone, DType::f32, 1);
      const Storage gradients = block.make_buffer();
      Tape tape;
      tape.begin({.record = training, .training = training});
      tape.set_parameter_gradients(Tensor(gradients.data(), block.flat().shape(), DType::f32));
      const Tensor x = tape.zeros({8, 60, 48}, DType::f32);
      const Tensor y = backbone->forward(x);
      if (training) {
        const Tensor mask = tape.zeros({8, 60}, DType::f32);
        tape.backward(masked_mean_squared_error(y, x, mask, 480.0));
      }
      const double expected = static_cast<double>(tape.bytes());
      INFO(kind << (training ? ", training" : ", acting"));
      CHECK(480 * bytes_per_token(section, training) == Approx(expected).epsilon(0.15));
    }
  }
}

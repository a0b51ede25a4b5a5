#include "models/nn/module.h"

#include <string>
#include <vector>

#include "models/nn/parameter_block.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

struct Leaf : Module {
  Leaf(Module* parent, std::string name) : Module(parent, std::move(name)) {}
  Parameter weight{this, "weight", {3, 2}, init::constant(2), Decay::yes};
  Parameter bias{this, "bias", {3}, init::ones(), Decay::no};
};

struct Tree : Module {
  Tree() : Module(nullptr, "") {}
  Parameter scale{this, "scale", {17}, init::constant(0.5), Decay::no};
  Leaf left{this, "left"}, right{this, "right"};
};

}  // namespace

TEST_CASE("parameters are visited in declaration order with their full names") {
  const Tree tree;
  std::vector<std::string> names;
  tree.for_each_parameter([&](const std::string& name, const Parameter& parameter) {
    names.push_back(name + " " + parameter.shape().text());
  });
  CHECK(names == std::vector<std::string>{"scale (17)", "left.weight (3, 2)", "left.bias (3)",
                                          "right.weight (3, 2)", "right.bias (3)"});
}

TEST_CASE("a block assigns each parameter its offset and initial value") {
  Tree tree;
  const ParameterBlock block(tree, DType::f64, 1);
  CHECK(block.count() == 17 + 2 * 9);
  CHECK(block.flat().size() == 32 + 4 * 16);  // each starts at a multiple of 16
  CHECK(block.entries()[3].name == "right.weight");
  CHECK(block.entries()[3].offset == 64);
  const Tensor weight = tree.right.weight;
  CHECK(weight.parameter_offset() == 64);
  CHECK(weight.raw() == block.flat().data<double>() + 64);
  CHECK(weight.data<double>()[5] == 2);
  CHECK(tree.scale.value().data<double>()[16] == 0.5);
  CHECK(block.flat().data<double>()[17] == 0);  // a gap
}

TEST_CASE("blocks with the same layout can copy values") {
  Tree one, two;
  const ParameterBlock from(one, DType::f32, 1);
  ParameterBlock to(two, DType::f32, 2);
  one.left.bias.value().data<float>()[1] = 7;
  to.copy_values_from(from);
  CHECK(two.left.bias.value().data<float>()[1] == 7);
  const Storage values = from.values();
  CHECK(reinterpret_cast<const float*>(values.data())[from.entries()[2].offset + 1] == 7);
}

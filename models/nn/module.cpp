#include "models/nn/module.h"

#include <utility>

namespace seqrl {

Parameter::Parameter(Module* owner, std::string name, Shape shape, Init init, Decay decay)
    : name_(std::move(name)), shape_(shape), init_(std::move(init)), decay_(decay) {
  owner->entries_.push_back({this, nullptr});
}

Module::Module(Module* parent, std::string name) : name_(std::move(name)) {
  if (parent) parent->entries_.push_back({nullptr, this});
}

}  // namespace seqrl

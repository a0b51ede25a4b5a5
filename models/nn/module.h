// Modules: trees of named parameters.
#pragma once

#include <string>
#include <vector>

#include "models/core/tensor.h"
#include "models/nn/init.h"

namespace seqrl {

class Module;

enum class Decay : bool { no, yes };

// A named, learned tensor. It is a member of its module and registers with it. It has a value once
// a ParameterBlock has been made from the module's root.
class Parameter {
 public:
  // Weight matrices decay (AdamW); biases, norms and embeddings do not.
  Parameter(Module* owner, std::string name, Shape shape, Init init, Decay decay);
  Parameter(const Parameter&) = delete;
  Parameter& operator=(const Parameter&) = delete;

  const std::string& name() const { return name_; }
  const Shape& shape() const { return shape_; }
  const Init& init() const { return init_; }
  bool decays() const { return decay_ == Decay::yes; }

  const Tensor& value() const { return value_; }
  operator const Tensor&() const { return value_; }

 private:
  friend class ParameterBlock;
  std::string name_;
  Shape shape_;
  Init init_;
  Decay decay_;
  Tensor value_;
};

// A node of the tree. In a class derived from Module, members that are Modules or Parameters take
// `this` and a name. A checkpoint uses the names joined by dots.
class Module {
 public:
  Module(Module* parent, std::string name);
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  // Calls visit(full name, parameter) for every parameter, in order of declaration.
  template <typename Visit>
  void for_each_parameter(Visit&& visit, const std::string& prefix = "") const {
    for (const Entry& entry : entries_) {
      if (entry.parameter) visit(prefix + entry.parameter->name(), *entry.parameter);
      if (entry.child) entry.child->for_each_parameter(visit, prefix + entry.child->name_ + ".");
    }
  }

 private:
  friend class Parameter;
  struct Entry {
    Parameter* parameter;
    Module* child;
  };
  std::string name_;
  std::vector<Entry> entries_;
};

}  // namespace seqrl

// A schema like those of the layers above, for the tests of the config layer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "configs/schema/config.h"

namespace seqrl {

struct BackboneExample {
  int dim = 128;
  int layers = 3;
  double dropout = 0.1;
  void fields(Fields& field) {
    field("dim", dim, "width of a token", at_least(1));
    field("layers", layers, "blocks on top of each other", in_range(1, 64));
    field("dropout", dropout, "share of activations dropped", at_least(0), less_than(1));
  }
};

struct MinGruExample : BackboneExample {
  double expansion = 2;
  std::string state = "positive";
  void fields(Fields& field) {
    BackboneExample::fields(field);
    field("expansion", expansion, "hidden size / dim", positive());
    field("state", state, "range of the hidden state", one_of({"positive", "signed"}));
  }
};

struct MambaExample : BackboneExample {
  MambaExample() { layers = 6; }
  double expansion = 2;
  int d_state = 16;
  void fields(Fields& field) {
    BackboneExample::fields(field);
    field("expansion", expansion, "inner size / dim", positive());
    field("d_state", d_state, "size of the state of a channel", at_least(1));
  }
};

struct TransformerExample : BackboneExample {
  int heads = 1;
  void fields(Fields& field) {
    BackboneExample::fields(field);
    field("heads", heads, "attention heads", at_least(1));
    field.check(
        "heads", [this] { return dim % heads == 0; }, "divide dim");
  }
};

struct PlaceExample {
  void fields(Fields&) {}
};

struct AntExample : PlaceExample {
  int observations = 27;
  void fields(Fields& field) {
    field("observations", observations, "size of an observation",
          number_that("27 or 111", [](double n) { return n == 27 || n == 111; }));
  }
};

struct DatasetExample {
  std::string path;
  bool normalise = true;
  void fields(Fields& field) {
    field("path", path, "the file with the experience", required(), not_empty());
    field("normalise", normalise, "whether states are normalised");
  }
};

struct TrainingExample {
  std::int64_t steps = 100000;
  double lr = 1e-4;
  std::optional<double> clip = 0.25;
  int threads = 0;
  bool nesterov = false;
  void fields(Fields& field) {
    field("steps", steps, "optimizer steps", at_least(1));
    field("lr", lr, "peak learning rate", positive());
    field("clip", clip, "largest norm of the gradient", positive());
    field("threads", threads, "0: one for each processor", at_least(0));
    field("nesterov", nesterov, "whether momentum looks ahead");
  }
};

struct EvaluationExample {
  std::vector<double> targets{3600, 1800};
  std::vector<std::string> mode{"window", "stream"};
  void fields(Fields& field) {
    field("targets", targets, "returns to aim at", not_empty());
    field("mode", mode, "ways to evaluate", one_of({"window", "stream"}), not_empty());
  }
};

inline void register_example_kinds() {
  register_kind<BackboneExample, MinGruExample>("min_gru", "minimal GRU");
  register_kind<BackboneExample, MambaExample>("mamba", "selective state space");
  register_kind<BackboneExample, TransformerExample>("transformer", "causal attention");
  register_kind<PlaceExample, PlaceExample>("hopper", "one leg, 3 joints");
  register_kind<PlaceExample, AntExample>("ant", "four legs, 8 joints");
}

struct ExampleConfig {
  std::uint64_t seed = 1;
  std::string output = "runs/example";
  std::string device = "auto";
  KindSection<PlaceExample> env;
  DatasetExample dataset;
  KindSection<BackboneExample> backbone{"min_gru"};
  TrainingExample training;
  EvaluationExample evaluation;

  void fields(Fields& field) {
    field("seed", seed, "what all random numbers follow from");
    field("output", output, "the folder of the run",
          string_that("a relative path", [](const std::string& path) { return path[0] != '/'; }),
          not_empty());
    field("device", device, "where to compute", one_of({"auto", "cpu", "cuda"}));
    field("env", env, "the environment to act in");
    field("dataset", dataset, "the experience to learn from");
    field("backbone", backbone, "the sequence model");
    field("training", training, "how the weights are fitted");
    field("evaluation", evaluation, "how the policy is scored");
  }
};

// Exactly the keys that have no default.
inline const std::string kSmallestExample = "env: hopper\ndataset: {path: hopper.hdf5}\n";

inline ExampleConfig read_example(const std::string& text,
                                  const std::vector<std::string>& overrides = {},
                                  std::vector<std::string>* notes = nullptr) {
  register_example_kinds();
  return read_config_text<ExampleConfig>(text, "x.yaml", overrides, notes);
}

}  // namespace seqrl

#include "tools/bench/gpu/cudnn.h"

#include <cudnn.h>
#include <dlfcn.h>

#include <algorithm>
#include <string>

#include "models/core/tensor.h"
#include "models/ops/cuda/stream.h"

namespace seqrl::tools::bench {
namespace {

constexpr std::array kAlgorithms = {CUDNN_RNN_ALGO_STANDARD, CUDNN_RNN_ALGO_PERSIST_STATIC,
                                    CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H};
static_assert(kAlgorithms.size() == kCudnnAlgorithms.size());

// Opened on first use, because a machine may have a GPU without cuDNN. Null in that case; dlerror()
// says why.
void* library() {
  static void* const once = [] {
    const std::string name = "libcudnn.so." + std::to_string(CUDNN_MAJOR);
    void* opened = dlopen(name.c_str(), RTLD_LAZY);
    return opened ? opened : dlopen(SEQRL_CUDNN, RTLD_LAZY);  // the version of the build
  }();
  return once;
}

template <typename Function>
Function* find(const char* name) {
  void* found = dlsym(library(), name);
  if (!found) fail("cuDNN has no {}", name);
  return reinterpret_cast<Function*>(found);
}

void check(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  fail("{}: {}", what, find<decltype(::cudnnGetErrorString)>("cudnnGetErrorString")(status));
}

#define CUDNN(function, ...) check(find<decltype(::function)>(#function)(__VA_ARGS__), #function)

cudnnHandle_t handle() {
  static const cudnnHandle_t once = [] {
    cudnnHandle_t made = nullptr;
    CUDNN(cudnnCreate, &made);
    CUDNN(cudnnSetStream, made, cuda::stream());
    return made;
  }();
  return once;
}

DeviceRuntime& runtime() {
  return runtime_of(Device::cuda);
}

template <typename T>
Storage on_device(const std::vector<T>& values) {
  Storage storage(values.size() * sizeof(T), Device::cuda, Storage::Fill::none);
  runtime().write(storage.data(), values.data(), storage.bytes());
  return storage;
}

std::vector<float> on_host(const Storage& storage) {
  std::vector<float> values(storage.bytes() / sizeof(float));
  runtime().read(values.data(), storage.data(), storage.bytes());
  return values;
}

// (outer, inner, dim) → (inner, outer, dim).
std::vector<float> swapped(const std::vector<float>& values, std::int64_t outer, std::int64_t inner,
                           std::int64_t dim) {
  std::vector<float> result(values.size());
  for (std::int64_t i = 0; i < outer * inner; ++i) {
    std::copy_n(values.data() + i * dim, dim,
                result.data() + (i % inner * outer + i / inner) * dim);
  }
  return result;
}

// Descriptors live as long as the process. Tokens are time-major here, as in cuDNN.
class CudnnLayer : public RecurrentLayer {
 public:
  CudnnLayer(cudnnRNNAlgo_t algorithm, const RecurrentSizes& sizes, const RecurrentInputs& inputs)
      : sizes_(sizes),
        x_(on_device(swapped(inputs.x, sizes.batch, sizes.time, sizes.dim))),
        dy_(on_device(swapped(inputs.dy, sizes.batch, sizes.time, sizes.dim))),
        y_(x_.bytes(), Device::cuda),
        dx_(x_.bytes(), Device::cuda) {
    const int batch = static_cast<int>(sizes.batch), time = static_cast<int>(sizes.time),
              dim = static_cast<int>(sizes.dim);
    cudnnDropoutDescriptor_t no_dropout = nullptr;
    CUDNN(cudnnCreateDropoutDescriptor, &no_dropout);
    CUDNN(cudnnSetDropoutDescriptor, no_dropout, handle(), 0.0f, nullptr, 0, 0);
    CUDNN(cudnnCreateRNNDescriptor, &layer_);
    CUDNN(cudnnSetRNNDescriptor_v8, layer_, algorithm, sizes.lstm ? CUDNN_LSTM : CUDNN_GRU,
          CUDNN_RNN_DOUBLE_BIAS, CUDNN_UNIDIRECTIONAL, CUDNN_LINEAR_INPUT, CUDNN_DATA_FLOAT,
          CUDNN_DATA_FLOAT, CUDNN_FMA_MATH, dim, dim, dim, 1, no_dropout,
          CUDNN_RNN_PADDED_IO_DISABLED);

    const std::vector<std::int32_t> lengths(static_cast<std::size_t>(batch), time);
    lengths_ = on_device(lengths);
    CUDNN(cudnnCreateRNNDataDescriptor, &tokens_);
    CUDNN(cudnnSetRNNDataDescriptor, tokens_, CUDNN_DATA_FLOAT,
          CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_PACKED, time, batch, dim, lengths.data(), nullptr);
    const int shape[] = {1, batch, dim}, strides[] = {batch * dim, dim, 1};
    CUDNN(cudnnCreateTensorDescriptor, &state_);
    CUDNN(cudnnSetTensorNdDescriptor, state_, CUDNN_DATA_FLOAT, 3, shape, strides);

    std::size_t bytes = 0, work = 0, work_of_inference = 0, reserve = 0, none = 0;
    CUDNN(cudnnGetRNNTempSpaceSizes, handle(), layer_, CUDNN_FWD_MODE_TRAINING, tokens_, &work,
          &reserve);
    CUDNN(cudnnGetRNNTempSpaceSizes, handle(), layer_, CUDNN_FWD_MODE_INFERENCE, tokens_,
          &work_of_inference, &none);
    work_ = Storage(std::max(work, work_of_inference), Device::cuda);
    reserve_ = Storage(reserve, Device::cuda);
    CUDNN(cudnnGetRNNWeightSpaceSize, handle(), layer_, &bytes);
    weights_ = Storage(bytes, Device::cuda);
    dweights_ = Storage(bytes, Device::cuda);
    for_each_part(weights_, [&](std::int64_t offset, void* theirs, std::int64_t count) {
      runtime().write(theirs, inputs.parameters.data() + offset, bytes_of(count));
    });
  }

  void forward() override { forward(CUDNN_FWD_MODE_INFERENCE); }

  void forward_and_backward() override {
    forward(CUDNN_FWD_MODE_TRAINING);
    CUDNN(cudnnRNNBackwardData_v8, handle(), layer_, lengths(), tokens_, y_.data(), dy_.data(),
          tokens_, dx_.data(), state_, nullptr, nullptr, nullptr, state_, nullptr, nullptr, nullptr,
          weights_.bytes(), weights_.data(), work_.bytes(), work_.data(), reserve_.bytes(),
          reserve_.data());
    runtime().zero(dweights_.data(), dweights_.bytes());  // cuDNN adds to them
    CUDNN(cudnnRNNBackwardWeights_v8, handle(), layer_, CUDNN_WGRAD_MODE_ADD, lengths(), tokens_,
          x_.data(), state_, nullptr, tokens_, y_.data(), dweights_.bytes(), dweights_.data(),
          work_.bytes(), work_.data(), reserve_.bytes(), reserve_.data());
  }

  RecurrentOutputs outputs() const override {
    RecurrentOutputs result;
    result.y = swapped(on_host(y_), sizes_.time, sizes_.batch, sizes_.dim);
    result.dx = swapped(on_host(dx_), sizes_.time, sizes_.batch, sizes_.dim);
    result.dparameters.resize(static_cast<std::size_t>(sizes_.parameters()));
    for_each_part(dweights_, [&](std::int64_t offset, const void* theirs, std::int64_t count) {
      runtime().read(result.dparameters.data() + offset, theirs, bytes_of(count));
    });
    return result;
  }

 private:
  static std::size_t bytes_of(std::int64_t count) {
    return static_cast<std::size_t>(count) * sizeof(float);
  }
  const std::int32_t* lengths() const {
    return reinterpret_cast<const std::int32_t*>(lengths_.data());
  }

  void forward(cudnnForwardMode_t mode) {
    const bool training = mode == CUDNN_FWD_MODE_TRAINING;
    CUDNN(cudnnRNNForward, handle(), layer_, mode, lengths(), tokens_, x_.data(), tokens_,
          y_.data(), state_, nullptr, nullptr, state_, nullptr, nullptr, weights_.bytes(),
          weights_.data(), work_.bytes(), work_.data(), training ? reserve_.bytes() : 0,
          training ? reserve_.data() : nullptr);
  }

  // Calls move(offset in our parameters, address in cuDNN's, count) for every gate's weights and
  // biases. The order of the gates is the same as ours: r, z, n of a GRU, with the reset gate after
  // the product; i, f, g, o of an LSTM; first those of the inputs, then those of h.
  template <typename Move>
  void for_each_part(const Storage& space, const Move& move) const {
    cudnnTensorDescriptor_t square = nullptr, vector = nullptr;  // (dim, dim), row-major, and (dim)
    CUDNN(cudnnCreateTensorDescriptor, &square);
    CUDNN(cudnnCreateTensorDescriptor, &vector);
    const std::int64_t gates = sizes_.gates(), dim = sizes_.dim, half = gates * dim * (dim + 1);
    for (std::int64_t i = 0; i < 2 * gates; ++i) {
      const std::int64_t start = i / gates * half, gate = i % gates;
      void *matrix = nullptr, *bias = nullptr;
      CUDNN(cudnnGetRNNWeightParams, handle(), layer_, 0, space.bytes(), space.data(),
            static_cast<std::int32_t>(i), square, &matrix, vector, &bias);
      move(start + gate * dim * dim, matrix, dim * dim);
      move(start + gates * dim * dim + gate * dim, bias, dim);
    }
  }

  RecurrentSizes sizes_;
  Storage x_, dy_, y_, dx_, lengths_, weights_, dweights_, work_, reserve_;
  cudnnRNNDescriptor_t layer_ = nullptr;
  cudnnRNNDataDescriptor_t tokens_ = nullptr;
  cudnnTensorDescriptor_t state_ = nullptr;
};

}  // namespace

const char* cudnn_problem() {
  static const std::string spec = library() ? "" : dlerror();
  return spec.empty() ? nullptr : spec.c_str();
}

std::unique_ptr<RecurrentLayer> make_cudnn_layer(std::size_t algorithm, const RecurrentSizes& sizes,
                                                 const RecurrentInputs& inputs) {
  return std::make_unique<CudnnLayer>(kAlgorithms.at(algorithm), sizes, inputs);
}

}  // namespace seqrl::tools::bench

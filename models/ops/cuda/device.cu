// The GPU itself: its memory, streams and errors. Not emulated.
#include <fstream>
#include <mutex>
#include <string>
#include <unordered_map>

#include "models/ops/cuda/install.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

template <typename T>
__global__ void fill_elements(Size count, T value, T* to) {
  const Size i = thread_number();
  if (i < count) to[i] = value;
}

struct Queues {
  cudaStream_t main = make(), side = make();
  bool on_side = false;

 private:
  static cudaStream_t make() {
    cudaStream_t made = nullptr;
    check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "creating a stream");
    return made;
  }
};
Queues& queues() {
  use_gpu();
  static Queues once;
  return once;
}

class Graph : public DeviceGraph {
 public:
  explicit Graph(cudaGraph_t captured) {
    cudaError_t error = cudaGraphGetNodes(captured, nullptr, &size_);
    if (error == cudaSuccess) error = cudaGraphInstantiate(&graph_, captured, 0);
    cudaGraphDestroy(captured);
    check(error, "creating a graph");
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph() override { cudaGraphExecDestroy(graph_); }

  void replay() override { check(cudaGraphLaunch(graph_, stream()), "launching a graph"); }
  std::size_t size() const override { return size_; }

 private:
  cudaGraphExec_t graph_ = nullptr;
  std::size_t size_ = 0;
};

class Event : public DeviceEvent {
 public:
  Event() {
    use_gpu();
    check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "creating an event");
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() override { cudaEventDestroy(event_); }

  void record() override { record_on(stream()); }
  void record_on(cudaStream_t place) {
    check(cudaEventRecord(event_, place), "recording an event");
  }
  void wait() override { check(cudaEventSynchronize(event_), "waiting"); }
  // Makes work queued on a stream from now on wait for the event.
  void hold(cudaStream_t later) { check(cudaStreamWaitEvent(later, event_, 0), "waiting"); }

 private:
  cudaEvent_t event_ = nullptr;
};

// Followed by a space; "" if Linux does not report a version.
std::string driver_version() {
  std::ifstream file("/sys/module/nvidia/version");
  std::string version;
  file >> version;
  return version.empty() ? version : version + " ";
}

class Gpu : public DeviceRuntime {
 public:
  void* allocate(std::size_t bytes) override {
    use_gpu();
    void* data = nullptr;
    if (cudaMalloc(&data, bytes) == cudaErrorMemoryAllocation) {
      cudaGetLastError();  // clears the error
      throw Error(ErrorKind::failure, "not enough GPU memory for " + std::to_string(bytes >> 20) +
                                          " MiB (" + std::to_string(allocated() >> 20) +
                                          " MiB are allocated by this process); use a smaller "
                                          "training.batch, evaluation.device: cpu, or device: cpu");
    }
    check(cudaGetLastError(), "allocating memory");
    const std::lock_guard lock(sizes_mutex_);
    allocated_ += sizes_[data] = bytes;
    return data;
  }
  // Waits for the kernels that may still use it.
  void release(void* data) noexcept override {
    {
      const std::lock_guard lock(sizes_mutex_);
      const auto size = sizes_.find(data);
      allocated_ -= size->second;
      sizes_.erase(size);
    }
    try {
      use_gpu();
    } catch (const Error&) {  // which cannot be handled here
    }
    cudaFree(data);
  }
  std::size_t allocated() const override {
    const std::lock_guard lock(sizes_mutex_);
    return allocated_;
  }
  std::string description() const override {
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, chosen_gpu()), "querying the device");
    int driver = 0;
    check(cudaDriverGetVersion(&driver), "querying the driver");
    return std::string(properties.name) + ", driver " + driver_version() + "for CUDA " +
           std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10) +
           ", cuBLASLt " + products_version();
  }
  std::string identity() const override {
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, chosen_gpu()), "querying the device");
    std::string digits;  // of its UUID, which a part of a GPU (MIG) also has
    for (const char byte : properties.uuid.bytes) {
      constexpr const char* kDigits = "0123456789abcdef";
      const auto value = static_cast<unsigned char>(byte);
      digits += {kDigits[value >> 4], kDigits[value & 15]};
    }
    return digits;
  }
  void zero(void* data, std::size_t bytes) override {
    check(cudaMemsetAsync(data, 0, bytes, stream()), "clearing memory");
  }
  void fill(float* data, float value, std::size_t count) override {
    launch(fill_elements<float>, blocks_for(static_cast<Size>(count)), kThreads, 0, count, value,
           data);
  }
  void fill(double* data, double value, std::size_t count) override {
    launch(fill_elements<double>, blocks_for(static_cast<Size>(count)), kThreads, 0, count, value,
           data);
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream()), "copying");
  }
  void write(void* to, const void* host, std::size_t bytes) override {
    queue_write(to, host, bytes);
    check(cudaStreamSynchronize(stream()), "writing");
  }
  void read(void* host, const void* from, std::size_t bytes) override {
    queue_read(host, from, bytes);
    check(cudaStreamSynchronize(stream()), "reading");
  }
  void* allocate_host(std::size_t bytes) override {
    use_gpu();
    void* data = nullptr;
    check(cudaMallocHost(&data, bytes), "allocating host memory");
    return data;
  }
  void release_host(void* data) noexcept override { cudaFreeHost(data); }
  void queue_write(void* to, const void* host, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, host, bytes, cudaMemcpyHostToDevice, stream()), "writing");
  }
  void queue_read(void* host, const void* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(host, from, bytes, cudaMemcpyDeviceToHost, stream()), "reading");
  }
  std::unique_ptr<DeviceEvent> make_event() override { return std::make_unique<Event>(); }
  void overlap(const std::function<void()>& one, const std::function<void()>& other) override {
    if (on_side_stream()) return one(), other();
    Fork fork(fork_, join_);
    {
      const OnSideStream here;
      other();
    }
    one();
    fork.join();
  }
  std::unique_ptr<DeviceGraph> capture(const std::function<void()>& work) override {
    check(cudaStreamBeginCapture(stream(), cudaStreamCaptureModeThreadLocal), "capturing");
    cudaGraph_t captured = nullptr;
    try {
      work();
    } catch (...) {
      cudaStreamEndCapture(stream(), &captured);
      if (captured) cudaGraphDestroy(captured);
      cudaGetLastError();  // clears the capture's error; the exception is more precise
      throw;
    }
    check(cudaStreamEndCapture(stream(), &captured), "capturing");
    return std::make_unique<Graph>(captured);
  }

 private:
  struct OnSideStream {
    OnSideStream() { queues().on_side = true; }
    OnSideStream(const OnSideStream&) = delete;
    OnSideStream& operator=(const OnSideStream&) = delete;
    ~OnSideStream() { queues().on_side = false; }
  };

  // The side stream continues from the main stream's current point, and later work on the main
  // stream waits for it. This holds even if an exception ends the overlapping work: otherwise a
  // capture would never end, and memory that the side stream uses would be reused.
  class Fork {
   public:
    Fork(Event& begin, Event& end) : end_(end) {
      begin.record_on(queues().main);
      begin.hold(queues().side);
    }
    Fork(const Fork&) = delete;
    Fork& operator=(const Fork&) = delete;
    ~Fork() {
      if (joined_) return;
      try {
        join();
      } catch (const Error&) {  // the exception in flight says more
      }
    }
    void join() {
      joined_ = true;
      end_.record_on(queues().side);
      end_.hold(queues().main);
    }

   private:
    Event& end_;
    bool joined_ = false;
  };

  Event fork_, join_;
  mutable std::mutex sizes_mutex_;
  std::unordered_map<void*, std::size_t> sizes_;
  std::size_t allocated_ = 0;
};

// The errors after which, according to driver_types.h, every further call of this process also
// fails.
bool loses_context(cudaError_t error) {
  switch (error) {
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorMpsClientTerminated:
      return true;
    default:
      return false;
  }
}

}  // namespace

void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // otherwise the next launch would also report it
  std::string message = std::string("CUDA, ") + what + ": " + cudaGetErrorString(error);
  if (loses_context(error)) {
    message +=
        "; the GPU's context is lost, so this process can no longer use it, and an earlier kernel "
        "may be the cause: run again under compute-sanitizer";
  }
  throw Error(ErrorKind::failure, message);
}

void use_gpu() {
  thread_local bool done = false;
  if (done) return;
  check(cudaSetDevice(chosen_gpu()), "selecting a GPU");
  done = true;
}

cudaStream_t stream() {
  return on_side_stream() ? queues().side : queues().main;
}

bool on_side_stream() {
  return queues().on_side;
}

void allow_shared(const void* kernel, std::size_t bytes) {
  use_gpu();
  static std::unordered_map<const void*, std::size_t> allowed;  // never reduced: graphs rely on it
  std::size_t& before = allowed[kernel];
  if (bytes <= before) return;
  static const int most = [] {
    int device = 0, value = 0;
    check(cudaGetDevice(&device), "querying the device");
    check(cudaDeviceGetAttribute(&value, cudaDevAttrMaxSharedMemoryPerBlockOptin, device),
          "configuring shared memory");
    return value;
  }();
  if (bytes > static_cast<std::size_t>(most)) {
    throw Error(ErrorKind::user, "this GPU's blocks have " + std::to_string(most >> 10) +
                                     " KiB of shared memory, " + std::to_string(bytes >> 10) +
                                     " KiB are needed; use smaller heads (backbone.heads) or fewer "
                                     "hidden units, or device: cpu");
  }
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(bytes)),
        "configuring shared memory");
  before = bytes;
}

const char* find_device(DeviceRuntime*& runtime) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess || count == 0) {
    static const std::string problem =
        std::string("no GPU was found (") +
        (error != cudaSuccess ? cudaGetErrorString(error) : "the driver lists none") + ")";
    return problem.c_str();
  }
  if (chosen_gpu(count) >= count) {
    static const std::string problem = "there is no cuda:" + std::to_string(chosen_gpu()) +
                                       ", only " + std::to_string(count) +
                                       (count == 1 ? " GPU" : " GPUs") + ", numbered from cuda:0";
    return problem.c_str();
  }
  if (const cudaError_t unfit = cudaSetDevice(chosen_gpu()); unfit != cudaSuccess) {
    cudaGetLastError();
    static const std::string problem =
        std::string("the GPU cannot be used (") + cudaGetErrorString(unfit) + ")";
    return problem.c_str();
  }
  cudaFuncAttributes attributes;
  if (const cudaError_t unfit = cudaFuncGetAttributes(&attributes, fill_elements<float>);
      unfit != cudaSuccess) {
    cudaGetLastError();
    static const std::string problem = std::string("this seqrl has no code for this GPU (") +
                                       cudaGetErrorString(unfit) +
                                       "; build it with -DCMAKE_CUDA_ARCHITECTURES=native)";
    return problem.c_str();
  }
  runtime = new Gpu;  // never destroyed: storage may be released while the process ends
  return nullptr;
}

}  // namespace seqrl::cuda

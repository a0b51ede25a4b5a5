// Handles, locking and error texts for libhdf5's C API. Internal: use hdf5_file.h.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

#include "agents/datasets/hdf5_support.h"

namespace seqrl {

// Held during every use of libhdf5: takes the lock, and keeps libhdf5 from writing to stderr.
class Hdf5Guard {
 public:
  Hdf5Guard();
  ~Hdf5Guard();
  Hdf5Guard(const Hdf5Guard&) = delete;
  Hdf5Guard& operator=(const Hdf5Guard&) = delete;

 private:
  std::lock_guard<std::mutex> lock_;
  H5E_auto2_t report_ = nullptr;
  void* report_data_ = nullptr;
};

// The reason for the last failure, in libhdf5's words.
std::string hdf5_reason();

// The access properties for opening files for reading.
hid_t hdf5_access();

// An identifier and the function that closes it.
class Hdf5Handle {
 public:
  Hdf5Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Hdf5Handle() { reset(); }
  Hdf5Handle(Hdf5Handle&& other) noexcept
      : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&&) = delete;

  operator hid_t() const { return id_; }
  bool valid() const { return id_ >= 0; }
  herr_t reset() { return id_ >= 0 ? close_(std::exchange(id_, -1)) : 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

}  // namespace seqrl

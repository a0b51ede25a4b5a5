// The runtime of the emulated device. Its memory is the host's, but the host must not touch it.
#pragma once

#include "models/core/device.h"

namespace seqrl::emulation {

// While one exists, device memory may be read and written, as in a kernel or a copy. Otherwise the
// process crashes, as with a real device.
class DeviceAccess {
 public:
  DeviceAccess();
  DeviceAccess(const DeviceAccess&) = delete;
  DeviceAccess& operator=(const DeviceAccess&) = delete;
  ~DeviceAccess();
};

DeviceRuntime& runtime();

// Waits for all requested work.
void finish();

}  // namespace seqrl::emulation

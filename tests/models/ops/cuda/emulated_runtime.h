// The runtime of the emulated device: its memory is the host's, which the host must not touch.
#pragma once

#include "models/core/device.h"

namespace seqrl::emulation {

// While one lives, device memory may be read and written, as in a kernel or a copy. Otherwise the
// process crashes, as it does with a real device.
class DeviceAccess {
 public:
  DeviceAccess();
  DeviceAccess(const DeviceAccess&) = delete;
  DeviceAccess& operator=(const DeviceAccess&) = delete;
  ~DeviceAccess();
};

DeviceRuntime& runtime();

// Waits for all that was asked for.
void finish();

}  // namespace seqrl::emulation

// Our environments that correspond to Gymnasium's, and the differences between their versions.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "envs/env_facts.h"

namespace seqrl {

// A name in lower case and the version at its end: "Walker2d-v5" is {"walker2d", 5}; without a
// version, 0.
struct VersionedName {
  std::string base;
  int version = 0;
};
VersionedName versioned(const std::string& name);

// One of our environments that is one of Gymnasium's, or observes its steps differently.
struct Robot {
  std::string name;
  const EnvFacts* facts = nullptr;  // nullptr: it is not such an environment

  explicit operator bool() const { return facts != nullptr; }
  // The corresponding Gymnasium environment: {"hopper", 4}.
  VersionedName gymnasium() const;
};

// The environment of this name, if it is a robot.
Robot robot_called(const std::string& kind);

// The robot meant by a name in data, or the nearest one, and the version in the name: "Hopper-v5"
// is {hopper_v5, 5}, or if that is not built in {hopper, 4}; "hopper-medium-v2", whose version is
// the data's, {hopper, 4}.
std::pair<Robot, int> robot_of(const std::string& stated);

// A description of how this Gymnasium version of the robot's kind differs from the robot; "" if it
// does not.
std::string version_difference(const Robot& robot, int version);

// Our environment that corresponds exactly to this name in data, or "".
std::string env_stated(const std::string& stated);

}  // namespace seqrl

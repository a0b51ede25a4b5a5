// The environments of ours that are Gymnasium's, and how versions of them differ.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "envs/env_facts.h"

namespace seqrl {

// A name in small letters and the version that it ends in: "Walker2d-v5" is {"walker2d", 5};
// without a version, 0.
struct VersionedName {
  std::string base;
  int version = 0;
};
VersionedName versioned(const std::string& name);

// An environment of ours that is one of Gymnasium's, or observes its steps in another way.
struct Robot {
  std::string name;
  const EnvFacts* facts = nullptr;  // nullptr: it is no such environment

  explicit operator bool() const { return facts != nullptr; }
  // Which of Gymnasium's it is: {"hopper", 4}.
  VersionedName gymnasium() const;
};

// The environment of this name, if it is a robot.
Robot robot_called(const std::string& kind);

// The robot that a name in data means, as near as there is one, and the version that the name says:
// "Hopper-v5" is {hopper_v5, 5}, or where that is not built in {hopper, 4}; "hopper-medium-v2",
// whose version is the data's, {hopper, 4}.
std::pair<Robot, int> robot_of(const std::string& stated);

// How this version of Gymnasium's differs from the robot, to whose kind it belongs, in words; ""
// where it does not.
std::string version_difference(const Robot& robot, int version);

// The environment of ours that is exactly what data calls so, or "".
std::string env_stated(const std::string& stated);

}  // namespace seqrl

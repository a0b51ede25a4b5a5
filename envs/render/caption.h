// A line of text on a picture.
#pragma once

#include <string>

namespace seqrl {

struct Caption {
  std::string name, value;  // what it is, and its value; ASCII
};

}  // namespace seqrl

// A line of text on an image.
#pragma once

#include <string>

namespace seqrl {

struct Caption {
  std::string name, value;  // label and value; ASCII
};

}  // namespace seqrl

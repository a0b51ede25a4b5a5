// The files of a report's page, compiled into the program: page.css and page.js.
#pragma once

#include <span>

#include "envs/assets.h"

namespace seqrl::tools {

std::span<const Asset> page_files();

}  // namespace seqrl::tools

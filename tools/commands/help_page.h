// What --help prints.
#pragma once

#include <cstddef>
#include <string>

namespace CLI {
class App;
}

namespace seqrl {

// The columns that output has: $COLUMNS, or those of the terminal, or 100 where it is none.
std::size_t output_width();

// A command's help, or the program's: usage, arguments and options, examples.
std::string help_page(const CLI::App& app, const std::string& name, std::size_t width);

}  // namespace seqrl

// A reader of tab-separated files, line by line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace seqrl {

// Calls visit(where, fields) for every nonempty line; `where` is "FILE:LINE" for messages. Lines
// may end with \r\n; there is no quoting. An Error names a file that cannot be read, or a line that
// does not have `columns` fields.
void for_each_tsv_line(const std::filesystem::path& path, std::size_t columns,
                       const std::function<void(const std::string& where,
                                                std::span<const std::string_view> fields)>& visit);

}  // namespace seqrl

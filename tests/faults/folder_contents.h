// What a folder holds, as far as two runs of one command must agree on it.
#pragma once

#include <filesystem>
#include <map>
#include <string>

// The files below `folder` by their names, with their bytes. What tells the time is left out: the
// text of logs, the speeds in eval.json, a report's minute, and the wall times of TensorBoard's
// events, whose files are joined into one entry, "events".
using FolderContents = std::map<std::string, std::string>;
FolderContents contents_of(const std::filesystem::path& folder);

// The names in which two folders differ, each with how; "" when they are alike.
std::string difference(const FolderContents& expected, const FolderContents& found);

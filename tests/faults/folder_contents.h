// The contents of a folder, as far as two runs of one command must agree on them.
#pragma once

#include <filesystem>
#include <map>
#include <string>

// The files below `folder` by name, with their bytes. Time-dependent parts are left out: the text
// of logs, the speeds in eval.json, a report's minute, and the wall times of TensorBoard's events.
// The event files are joined into one entry, "events".
using FolderContents = std::map<std::string, std::string>;
FolderContents contents_of(const std::filesystem::path& folder);

// The names in which two folders differ, each with the difference; "" if they are equal.
std::string difference(const FolderContents& expected, const FolderContents& found);

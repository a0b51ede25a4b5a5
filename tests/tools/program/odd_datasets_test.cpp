// Datasets with arrays stored elsewhere or missing: read if complete, rejected if libhdf5 would
// fill in values.
#include <filesystem>
#include <fstream>

#include "tests/agents/datasets/odd_hdf5.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/tools/program/program.h"

using namespace seqrl;

namespace {

namespace fs = std::filesystem;

// A folder with good.hdf5, and similar files without `skip`, which `add` provides.
struct OddFolder : TemporaryFolder {
  OddFolder() { SmallD4rl().write(*this / "good.hdf5"); }

  template <typename Add>
  void write(const std::string& name, const std::string& skip, Add&& add) const {
    SmallD4rl().write(*this / name, {skip});
    OddHdf5 file(*this / name);
    add(file);
  }

  // The program's result for it, except for its path.
  std::string info(const std::string& name) const {
    const Ran ran = seqrl_in(*this, "info " + name);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    return ran.out.substr(ran.out.find("transitions"));
  }

  // Rejected by everything that reads it, in one line that names the array.
  void refused(const std::string& name, const std::string& array, const std::string& why) const {
    const std::string settings =
        " env=hopper output=run dataset.path=" + name + " training.steps=1";
    write_file_atomically(*this / "c.yaml", "env: hopper\n");
    for (const std::string& command : {"info " + name, "train c.yaml" + settings}) {
      const Ran ran = seqrl_in(*this, command);
      INFO(command << ": " << ran.out << ran.err);
      CHECK(ran.status == 2);
      CHECK(is_one_line(ran.err));
      CHECK_THAT(ran.err, ContainsSubstring(name) && ContainsSubstring("'" + array + "'") &&
                              ContainsSubstring(why));
    }
    CHECK(!fs::exists(*this / "run"));
  }
};

constexpr hsize_t kRows = SmallD4rl::kTransitions;

}  // namespace

TEST_CASE("a virtual array is read if all of its sources exist") {
  const OddFolder folder;
  const std::string whole = folder.info("good.hdf5");
  fs::create_directory(folder / "parts");
  SmallD4rl().write(folder / "parts/part.hdf5");
  folder.write("beside.hdf5", "rewards", [](OddHdf5& file) {
    file.virtual_array("rewards", {kRows}, {{"parts/part.hdf5", "rewards", 0, kRows}});
  });
  CHECK(folder.info("beside.hdf5") == whole);
  // A path that no longer exists: libhdf5 then looks next to the file.
  folder.write("parts/moved.hdf5", "actions", [](OddHdf5& file) {
    file.virtual_array("actions", {kRows, 2}, {{"/gone/part.hdf5", "actions", 0, kRows}});
  });
  CHECK(folder.info("parts/moved.hdf5") == whole);
  folder.write("same.hdf5", "rewards", [](OddHdf5& file) {
    file.external_link("hidden", "good.hdf5", "/rewards");
    file.virtual_array("rewards", {kRows}, {{".", "hidden", 0, kRows}});
  });
  CHECK(folder.info("same.hdf5") == whole);
}

TEST_CASE("a virtual array with a missing source is an error, not zeros") {
  const OddFolder folder;
  SmallD4rl().write(folder / "part.hdf5", {"actions"});
  const auto with = [&](const std::string& name, const std::vector<OddHdf5::Part>& parts) {
    folder.write(name, "rewards",
                 [&](OddHdf5& file) { file.virtual_array("rewards", {kRows}, parts); });
  };
  with("gone.hdf5", {{"none.hdf5", "rewards", 0, kRows}});
  folder.refused("gone.hdf5", "rewards", "'none.hdf5', which does not exist");
  with("lacks.hdf5", {{"part.hdf5", "actions", 0, kRows}});
  folder.refused("lacks.hdf5", "rewards", "part.hdf5', which is not in it");
  with("hole.hdf5", {{"part.hdf5", "rewards", 3, kRows}});
  folder.refused("hole.hdf5", "rewards",
                 "with shape [10], which does not match the required 7 values");
  SmallD4rl().write(folder / "seven.hdf5", {"rewards"});
  {
    OddHdf5 file(folder / "seven.hdf5");
    file.never_written("none", {7});
    file.virtual_array("rewards", {7}, {{"none.hdf5", "rewards", 0, 7}});
  }
  with("uncovered.hdf5", {{"good.hdf5", "rewards", 0, kRows}});
  folder.info("uncovered.hdf5");
  with("unwritten.hdf5", {{"seven.hdf5", "none", 0, 7}, {"seven.hdf5", "none", 7, kRows}});
  folder.refused("unwritten.hdf5", "rewards", "the file holds 0 bytes of them");
  with("nested.hdf5", {{"seven.hdf5", "rewards", 0, 7}});
  folder.refused("nested.hdf5", "rewards", "'none.hdf5', which does not exist");
  with("circle.hdf5", {{".", "rewards", 0, kRows}});
  folder.refused("circle.hdf5", "rewards", "form a cycle");
}

TEST_CASE("a row of a virtual array without a source is an error") {
  const OddFolder folder;
  {
    Hdf5Writer file(folder / "four.hdf5");
    file.add("rewards", {4}, std::vector<float>(4, 1.0f));
    file.close();
  }
  folder.write("hole.hdf5", "rewards", [](OddHdf5& file) {
    file.virtual_array("rewards", {kRows},
                       {{"four.hdf5", "rewards", 0, 4}, {"four.hdf5", "rewards", 6, kRows}});
  });
  folder.refused("hole.hdf5", "rewards", "no source provides its row 4");
}

TEST_CASE("a virtual array of numbered sources ends with the last source that exists") {
  const OddFolder folder;
  for (const std::string number : {"0", "1"}) {
    Hdf5Writer file(folder / ("part-" + number + ".hdf5"));
    file.add("rewards", {5}, std::vector<float>(5, 1.0f));
    file.close();
  }
  folder.write("numbered.hdf5", "rewards",
               [](OddHdf5& file) { file.numbered_array("rewards", "part-%b.hdf5", "rewards", 5); });
  folder.info("numbered.hdf5");
  fs::remove(folder / "part-1.hdf5");
  folder.refused("numbered.hdf5", "rewards", "has shape [5], expected [10]");
}

TEST_CASE("raw data in an external file is read if it is complete, and rejected otherwise") {
  const OddFolder folder;
  const SmallD4rl data;
  const auto raw = [&](const std::string& name, std::size_t bytes) {
    std::ofstream(folder / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(data.actions.data()),
               static_cast<std::streamsize>(bytes));
  };
  const std::size_t bytes = data.actions.size() * sizeof(float);
  raw("whole.raw", bytes);
  raw("short.raw", bytes / 2);
  const auto with = [&](const std::string& name, const char* raw_name, off_t offset = 0) {
    folder.write(name, "actions", [&](OddHdf5& file) {
      file.external_data("actions", {kRows, 2}, raw_name, offset);
    });
  };
  with("whole.hdf5", "whole.raw");
  CHECK(folder.info("whole.hdf5") == folder.info("good.hdf5"));
  with("short.hdf5", "short.raw");
  folder.refused("short.hdf5", "actions", "cut short: 'short.raw' holds 40 bytes");
  with("offset.hdf5", "whole.raw", 4);
  folder.refused("offset.hdf5", "actions", "80 are needed from offset 4");
  with("none.hdf5", "none.raw");
  folder.refused("none.hdf5", "actions", "'none.raw', which is missing");
  fs::create_directory(folder / "below");
  fs::rename(folder / "whole.hdf5", folder / "below/whole.hdf5");
  fs::rename(folder / "whole.raw", folder / "below/whole.raw");
  folder.refused("below/whole.hdf5", "actions", "HDF5_EXTFILE_PREFIX='${ORIGIN}'");
  CHECK(seqrl_in(folder, "info below/whole.hdf5", "HDF5_EXTFILE_PREFIX='${ORIGIN}'").status == 0);
}

TEST_CASE("a link to an array is followed, and a broken one is named") {
  const OddFolder folder;
  SmallD4rl().write(folder / "links.hdf5", {"observations", "next_observations", "actions",
                                            "rewards", "terminals", "timeouts"});
  {
    OddHdf5 file(folder / "links.hdf5");
    for (const char* name : {"observations", "actions", "rewards", "terminals", "timeouts"}) {
      file.external_link(name, "good.hdf5", (std::string("/") + name).c_str());
    }
  }
  CHECK(folder.info("links.hdf5") == folder.info("good.hdf5"));
  const auto with = [&](const std::string& name, const std::string& array, auto&& add) {
    folder.write(name, array, add);
  };
  with("a.hdf5", "rewards",
       [](OddHdf5& file) { file.external_link("rewards", "none.hdf5", "/rewards"); });
  folder.refused("a.hdf5", "rewards",
                 "is a link to '/rewards' of 'none.hdf5', which does not exist");
  with("b.hdf5", "rewards",
       [](OddHdf5& file) { file.external_link("rewards", "good.hdf5", "/reward"); });
  folder.refused("b.hdf5", "rewards", "good.hdf5', which does not contain it");
  with("c.hdf5", "timeouts", [](OddHdf5& file) { file.soft_link("timeouts", "/ends"); });
  folder.refused("c.hdf5", "timeouts", "is a link to '/ends', which does not exist");
  with("d.hdf5", "observations", [](OddHdf5& file) { file.group("observations"); });
  folder.refused("d.hdf5", "observations", "is a group, not an array");
  with("e.hdf5", "actions", [](OddHdf5& file) { file.named_type("actions"); });
  folder.refused("e.hdf5", "actions", "is a named datatype, not an array");
}

TEST_CASE("an array that was never written is an error") {
  const OddFolder folder;
  folder.write("a.hdf5", "rewards", [](OddHdf5& file) { file.never_written("rewards", {kRows}); });
  folder.refused("a.hdf5", "rewards", "the file holds 0 bytes of them");
  folder.write("b.hdf5", "rewards",
               [](OddHdf5& file) { file.never_written("rewards", {kRows}, {4}); });
  folder.refused("b.hdf5", "rewards", "never written");
}

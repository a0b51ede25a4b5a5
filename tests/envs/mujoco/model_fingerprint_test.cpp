// Models are the same if their physics are, whatever the names and looks of their files.
#include "envs/mujoco/model_fingerprint.h"

#include <chrono>
#include <filesystem>
#include <string>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "envs/mujoco/mujoco_model.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

// A box of half-lengths (x, 0.1, 0.1) metres as an OBJ file.
std::string box(const std::string& x) {
  std::string text;
  for (const std::string& vertex :
       {"-" + x + " -.1 -.1", "-" + x + " -.1 .1", "-" + x + " .1 -.1", "-" + x + " .1 .1",
        x + " -.1 -.1", x + " -.1 .1", x + " .1 -.1", x + " .1 .1"}) {
    text += "v " + vertex + "\n";
  }
  return text + "f 1 2 4 3\nf 5 7 8 6\nf 1 5 6 2\nf 3 4 8 7\nf 1 3 7 5\nf 2 6 8 4\n";
}

// A height field (2, 2) in MuJoCo's binary format.
std::string heights(float last) {
  const int size[] = {2, 2};
  const float data[] = {0, 0.5f, 0.25f, last};
  std::string bytes(reinterpret_cast<const char*>(size), sizeof size);
  bytes.append(reinterpret_cast<const char*>(data), sizeof data);
  return bytes;
}

// A robot in several files: one names the mesh folder, another the mesh. The first also names the
// height field, because MuJoCo 3 searches elsewhere for one in an included file.
struct Arm {
  Arm() {
    for (const char* name : {"meshes", "others", "parts"}) make_folder(folder / name);
    write("scene.xml", R"(<mujoco>
      <compiler meshdir="meshes"/>
      <asset><hfield name="hills" file="hills.bin" size="2 2 1 0.1"/></asset>
      <include file="parts/robot.xml"/>
      <include file="parts/ground.xml"/>
    </mujoco>)");
    write("parts/robot.xml", R"(<mujocoinclude>
      <asset><mesh name="box" file="box.obj"/></asset>
      <worldbody><body name="arm" pos="0 0 1"><joint name="hinge" axis="0 1 0" damping="0.5"/>
        <geom type="mesh" mesh="box" rgba="1 0 0 1"/></body></worldbody>
      <actuator><motor joint="hinge"/></actuator>
    </mujocoinclude>)");
    write("parts/ground.xml", R"(<mujocoinclude>
      <worldbody><light pos="0 0 3"/><geom type="hfield" hfield="hills"/></worldbody>
    </mujocoinclude>)");
    write("meshes/box.obj", box("0.3"));
    write("meshes/hills.bin", heights(1));
  }

  void write(const std::string& name, const std::string& text) {
    write_file_atomically(folder / name, text);
    // MuJoCo caches files and recognises them by the second of their change; since 3.4 its header
    // lets us clear the cache.
    const std::string version = mujoco_version();
    if (mujoco_at_least(version, "3.0") && !mujoco_at_least(version, "3.4")) {
      const auto now = std::filesystem::last_write_time(folder / name);
      std::filesystem::last_write_time(folder / name, now + std::chrono::seconds(++writes));
    }
  }
  // Replaces the first `from` of a file.
  void change(const std::string& name, const std::string& from, const std::string& to) {
    std::string text = read_file(folder / name);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    write(name, text.replace(at, from.size(), to));
  }
  std::string fingerprint(const char* name = "scene.xml") const {
    return MujocoModel::load(folder / name)->fingerprint();
  }
  // Whether the model still equals `then`.
  bool same(const std::string& then) const { return same_model(then, fingerprint()); }

  TemporaryFolder folder;
  int writes = 0;
};

// A fingerprint as from another version of MuJoCo: the version-dependent parts differ.
std::string as_of(const std::string& version, std::string fingerprint) {
  fingerprint.replace(0, fingerprint.find('-'), version);
  return fingerprint.replace(fingerprint.size() - 16, 16, 16, '0');
}

}  // namespace

TEST_CASE("a change of the physics in any file changes the fingerprint") {
  Arm robot;
  const std::string then = robot.fingerprint();
  CHECK_THAT(then, Catch::StartsWith(mujoco_version() + "-"));
  CHECK(robot.same(then));
  SECTION("a mesh") {
    robot.write("meshes/box.obj", box("0.9"));
  }
  SECTION("a height field") {
    robot.write("meshes/hills.bin", heights(0.75f));
  }
  SECTION("a number in an included file") {
    robot.change("parts/robot.xml", "damping=\"0.5\"", "damping=\"0.6\"");
  }
  SECTION("a different folder of meshes") {
    robot.write("others/hills.bin", heights(1));
    robot.write("others/box.obj", box("0.2"));
    robot.change("scene.xml", "\"meshes\"", "\"others\"");
  }
  SECTION("the name of a joint") {
    robot.change("parts/robot.xml", "name=\"hinge\"", "name=\"elbow\"");
    robot.change("parts/robot.xml", "joint=\"hinge\"", "joint=\"elbow\"");
  }
  SECTION("an option") {
    robot.change("scene.xml", "<compiler", "<option integrator='RK4'/><compiler");
  }
  CHECK_FALSE(robot.same(then));
}

TEST_CASE("appearance, comments and file names do not change the fingerprint") {
  Arm robot;
  const std::string then = robot.fingerprint();
  SECTION("a colour") {
    robot.change("parts/robot.xml", "1 0 0 1", "0 1 0 1");
  }
  SECTION("a light and a camera") {
    robot.change("parts/ground.xml", "pos=\"0 0 3\"/>", "pos=\"0 0 4\"/><camera name='top'/>");
  }
  SECTION("a comment that names a file") {
    robot.change("scene.xml", "<include", "<!-- <include file='none.xml'/> --><include");
  }
  SECTION("moved files") {
    robot.write("others/hills.bin", heights(1));
    robot.write("others/arm.obj", box("0.3"));
    robot.change("scene.xml", "\"meshes\"", "\"others\"");
    robot.change("parts/robot.xml", "box.obj", "arm.obj");
  }
  CHECK(robot.fingerprint() == then);
}

TEST_CASE("fingerprints of different MuJoCo versions are compared by their common part") {
  Arm robot;
  const std::string then = as_of("9.8.7", robot.fingerprint());
  CHECK(robot.same(then));
  robot.change("parts/robot.xml", "pos=\"0 0 1\"", "pos=\"0 0 2\"");
  CHECK_FALSE(robot.same(then));
}

TEST_CASE("an invalid fingerprint matches no model") {
  const Arm robot;
  for (const char* text : {"", "-", "2.2.2", "hopper", "0123456789abcdef-0123456789abcdef"}) {
    CHECK_FALSE(robot.same(text));
  }
  CHECK(is_fingerprint_of_files("0123456789abcdef"));
  CHECK_FALSE(is_fingerprint_of_files(robot.fingerprint()));
}

TEST_CASE("hopper compiles to the same model under every version of MuJoCo") {
  // As compiled by 2.2.2, 2.3.7, 3.0.1, 3.2.3, 3.4.0 and 4.0.0.
  const auto model = MujocoModel::load(SEQRL_SOURCE_DIR "/envs/assets/hopper.xml");
  CHECK(same_model("1.0.0-d043221b77671fcc-0000000000000000", model->fingerprint()));
}

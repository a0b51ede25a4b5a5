#include "tools/reports/html_figure.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/catch.h"

using namespace seqrl;
using namespace seqrl::tools;
using Catch::Contains;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) {
    ++found;
  }
  return found;
}

Figure two_curves() {
  return {.name = "task-loss",
          .title = "task <1>",
          .x_label = "optimizer steps",
          .y_label = "loss",
          .curves = {{"a </script><b>", {{0, 10, 8, 12}, {100, 20, 20, 20}}},
                     {"b", {{50, 15, 15, 15}, {60, NAN, NAN, NAN}}}}};
}

}  // namespace

TEST_CASE("a figure's HTML contains its numbers, and its names are escaped") {
  const std::string html = to_html(two_curves());
  CHECK(count(html, "<script") == 1);
  CHECK(count(html, "</script>") == 1);
  CHECK_THAT(html, Contains("task &lt;1&gt;") && Contains("a &lt;/script&gt;") &&
                       Contains("loss, over optimizer steps") && Contains("10 ± 2"));
  const std::size_t begin = html.find("json\">") + 6;
  const auto data = nlohmann::json::parse(html.substr(begin, html.find("</script>") - begin));
  CHECK(data.at("curves").at(0).at("label") == "a </script><b>");
  CHECK(data.at("curves").at(0).at("points").at(0) == std::vector{0, 10, 8, 12});
  CHECK(data.at("curves").at(1).at("points").size() == 1);  // only numbers are drawn
}

TEST_CASE("an HTML figure draws curves at the coordinates of its plane") {
  const std::string html = to_html(two_curves());
  CHECK(count(html, "class=\"band\"") == 2);      // wide and narrow
  CHECK(count(html, "class=\"line\"") == 2 + 2);  // of one curve, and beside two names
  const std::regex plane_text("data-plane=\"([^\"]*)\""),
      line_text("class=\"line\" d=\"M([^\"]*) \"");
  std::smatch found;
  REQUIRE(std::regex_search(html, found, plane_text));
  const auto plane =
      nlohmann::json::parse(std::regex_replace(found[1].str(), std::regex("&quot;"), "\""));
  const std::string pictures = html.substr(html.find("data-plane"));
  REQUIRE(std::regex_search(pictures, found, line_text));
  const double left = plane["left"], right = plane["right"], top = plane["top"],
               bottom = plane["bottom"];
  const double x0 = plane["x"][0], x1 = plane["x"][1], y0 = plane["y"][0], y1 = plane["y"][1];
  const auto at = [&](double x, double y) {
    return fmt::format("{:.1f},{:.1f}", left + (right - left) * (x - x0) / (x1 - x0),
                       bottom - (bottom - top) * (y - y0) / (y1 - y0));
  };
  CHECK(found[1] == at(0, 10) + " " + at(100, 20));
}

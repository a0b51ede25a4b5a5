#include "configs/base/printable.h"

#include "configs/base/shell.h"
#include "configs/base/wrap.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("control characters are escaped, other text is unchanged") {
  CHECK(printable("Köln – 東京 a|b `c`") == "Köln – 東京 a|b `c`");
  CHECK(printable("a\x1b[31m\n\x7f\t") == "a\\x1B[31m\\x0A\\x7F\\x09");
  CHECK(printable("\xC2\x9B") == "\\x9B");                           // C1's control sequence
  CHECK(printable("\xE2\x80\xAE\xE2\x80\xA8") == "\\u202E\\u2028");  // right to left; end of line
  CHECK(printable("\xFF\xC3") == "\\xFF\\xC3");                      // not UTF-8
  CHECK(printable(std::string("a\0b", 3)) == "a\\x00b");
}

TEST_CASE("text is escaped for Markdown") {
  CHECK(markdown_text("hopper_medium-v2") == "hopper_medium-v2");
  CHECK(markdown_text("a|b <i> `c` [d](e) *f* _g_") ==
        "a\\|b &lt;i&gt; \\`c\\` \\[d\\](e) \\*f\\* \\_g\\_");
  CHECK(markdown_code("min_gru") == "`min_gru`");
  CHECK(markdown_code("a`b|c") == "a\\`b\\|c");
}

TEST_CASE("a shell argument is quoted only where needed") {
  CHECK(shell_quoted("runs/lr=0.1/a_b-c.yaml") == "runs/lr=0.1/a_b-c.yaml");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("it's a run") == "'it'\\''s a run'");
  CHECK(shell_quoted("plugins=[a.so]") == "'plugins=[a.so]'");
  CHECK(shell_quoted("~/x") == "'~/x'");
  CHECK(shell_quoted("a\x1b'\\\xFF") == "$'a\\x1B\\'\\\\\\xFF'");
}

TEST_CASE("text is wrapped between words, by columns and not by bytes") {
  CHECK(wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("ööö ööö", 7) == std::vector<std::string>{"ööö ööö"});
  CHECK(wrap("toolongaword a", 4) == std::vector<std::string>{"toolongaword", "a"});
  CHECK(wrap("", 4) == std::vector<std::string>{""});
}

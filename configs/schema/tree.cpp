#include "configs/schema/tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/base/utf8.h"

namespace seqrl {
namespace {

// Builds the tree, and throws as soon as a limit is exceeded: yaml-cpp recurses once per level.
class TreeBuilder final : public YAML::EventHandler {
 public:
  // `source` for a file; `origin` for an override: all its parts have that origin.
  explicit TreeBuilder(Origin origin) : origin_(std::move(origin)) {}

  Origin at(const YAML::Mark& mark) const {
    if (!origin_.override.empty() || mark.is_null()) return origin_;
    return {fmt::format("{}:{}", origin_.text, mark.line + 1), ""};
  }

  // The start of the innermost open list or map.
  Origin innermost(const YAML::Mark& mark) const {
    return open_.empty() ? at(mark) : open_.back().node.origin;
  }

  Tree take_root() {
    root_.origin = origin_;
    return std::move(root_);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) reject_at(at(mark), "", "text after the end of the config; remove it");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    complete(new_node(Tree::Kind::null, mark), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto anchored = anchors_.find(anchor);
    if (anchored == anchors_.end()) {
      reject_at(at(mark), path(), "an alias to the value that contains it; write the value out");
    }
    check_depth(mark, static_cast<int>(open_.size()) + depth(anchored->second));
    count(mark, anchored->second);
    complete(Tree(anchored->second), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    reject_tag(mark, tag);
    Tree node = new_node(Tree::Kind::scalar, mark);
    node.text = value;
    node.quoted = tag == "!";
    complete(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Tree::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Tree::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Tree node;
    YAML::anchor_t anchor;
    std::optional<std::string> key;  // of a map: the key whose value comes next
    Origin key_origin;
  };

  void reject_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!") return;
    reject_at(at(mark), path(), fmt::format("the tag {}; tags are not supported", shown(tag)));
  }

  void check_depth(const YAML::Mark& mark, int levels) const {
    if (levels <= kMaxConfigDepth) return;
    reject_at(at(mark), "", fmt::format("nested deeper than {} levels", kMaxConfigDepth));
  }

  // Counts the nodes and the bytes of `node`, so that aliases cannot inflate a short text.
  void count(const YAML::Mark& mark, const Tree& node) {
    bytes_ += node.text.size();
    if (++nodes_ > kMaxConfigNodes || bytes_ > kMaxConfigBytes) {
      reject_at(at(mark), "",
                fmt::format("more than {} values or {} bytes with aliases written out",
                            kMaxConfigNodes, kMaxConfigBytes));
    }
    for (const Tree& item : node.items) count(mark, item);
    for (const auto& [key, value] : node.entries) {
      bytes_ += key.size();
      count(mark, value);
    }
  }

  static int depth(const Tree& node) {
    int below = 0;
    for (const Tree& item : node.items) below = std::max(below, depth(item));
    for (const auto& [key, value] : node.entries) below = std::max(below, depth(value));
    const bool nests = node.kind == Tree::Kind::list || node.kind == Tree::Kind::map;
    return below + (nests ? 1 : 0);
  }

  Tree new_node(Tree::Kind kind, const YAML::Mark& mark) {
    Tree node;
    node.kind = kind;
    node.origin = at(mark);
    count(mark, node);
    return node;
  }

  void open(Tree::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    reject_tag(mark, tag);
    check_depth(mark, static_cast<int>(open_.size()) + 1);
    if (expects_key()) reject_key(at(mark));
    open_.push_back({new_node(kind, mark), anchor, std::nullopt, {}});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    complete(std::move(done.node), done.anchor);
  }

  bool expects_key() const {
    return !open_.empty() && open_.back().node.kind == Tree::Kind::map && !open_.back().key;
  }

  [[noreturn]] void reject_key(const Origin& origin) const {
    reject_at(origin, path(),
              "a key that is not a word; write 'name: value', and close every bracket");
  }

  // The keys of the open maps, joined by dots.
  std::string path() const {
    std::string joined;
    for (const Open& open : open_) {
      if (open.key) joined += (joined.empty() ? "" : ".") + *open.key;
    }
    return joined;
  }

  // `node` is complete: it becomes a key, a value, an item or the root.
  void complete(Tree node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (expects_key()) {
      begin_entry(std::move(node));
    } else if (Open& parent = open_.back(); parent.node.kind == Tree::Kind::map) {
      node.origin = parent.key_origin;
      parent.node.entries.push_back({std::move(*parent.key), std::move(node)});
      parent.key.reset();
    } else {
      parent.node.items.push_back(std::move(node));
    }
  }

  void begin_entry(Tree key) {
    if (key.kind != Tree::Kind::scalar || key.text.empty()) reject_key(key.origin);
    if (key.text == "<<") {
      reject_at(key.origin, path(), "merge keys ('<<') are not supported; write the keys out");
    }
    Open& map = open_.back();
    const Tree* earlier = map.node.find(key.text);
    map.key_origin = key.origin;
    map.key = std::move(key.text);
    if (earlier != nullptr) {
      reject_at(map.key_origin, path(),
                fmt::format("duplicate key, already given at {}; keep one", earlier->origin.text));
    }
  }

  Origin origin_;
  Tree root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Tree> anchors_;  // complete values only, so that no alias is cyclic
  int documents_ = 0;
  int nodes_ = 0;
  std::size_t bytes_ = 0;
};

// Rewrites yaml-cpp's most common errors for the author of the text.
std::string explain(const std::string& complaint) {
  static const std::map<std::string, std::string> kMeanings = {
      {YAML::ErrorMsg::EOF_IN_SCALAR, "a quote that is never closed"},
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a '[' that is never closed"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "a '{' that is never closed"},
      {YAML::ErrorMsg::MAP_VALUE, "an unexpected ':'; quote text that contains one"},
      {YAML::ErrorMsg::END_OF_MAP, "text that belongs to no key; check indentation and quotes"},
      {YAML::ErrorMsg::END_OF_SEQ, "text that belongs to no list; check indentation and quotes"},
  };
  const auto found = kMeanings.find(complaint);
  return found != kMeanings.end() ? found->second
                                  : fmt::format("not valid YAML: {}", one_line(complaint));
}

Tree parse(std::string_view text, const Origin& origin) {
  TreeBuilder builder(origin);
  YAML::Mark mark;  // of the current character; lines count from 0
  if (text.size() > kMaxConfigBytes) {
    reject_at(origin, "",
              fmt::format("{} bytes, at most {} allowed", text.size(), kMaxConfigBytes));
  }
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    const char first = rest[0];
    if (length == 0) reject_at(builder.at(mark), "", "not UTF-8; save the text as UTF-8");
    if (first == '\t') reject_at(builder.at(mark), "", "a tab character; use spaces");
    if ((first >= 0 && first < ' ' && first != '\n' && first != '\r') || first == '\x7F') {
      reject_at(builder.at(mark), "",
                fmt::format("the control character 0x{:02X}; remove it", first));
    }
    if (first == '\n') ++mark.line;
    rest.remove_prefix(length);
  }

  try {
    // yaml-cpp 0.7 treats a quote that is open at the end of the last line as closed. With a
    // comment after it the text ends within a line, which makes an open quote an error and changes
    // nothing otherwise.
    std::istringstream stream(fmt::format("{}\n#", text));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take_root();
  } catch (const Error&) {
    throw;
  } catch (const YAML::Exception& error) {
    YAML::Mark at = error.mark;
    at.line = std::min(at.line, mark.line);
    const bool never_closed = error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW ||
                              error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
    reject_at(never_closed ? builder.innermost(at) : builder.at(at), "", explain(error.msg));
  } catch (const std::exception& error) {
    reject_at(origin, "", explain(error.what()));
  }
}

}  // namespace

Tree* Tree::find(std::string_view key) {
  for (auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

const Tree* Tree::find(std::string_view key) const {
  return const_cast<Tree*>(this)->find(key);
}

Tree& Tree::set(const std::string& key, Tree value) {
  if (Tree* present = find(key)) return *present = std::move(value);
  return entries.emplace_back(Entry{key, std::move(value)}).value;
}

void reject_at(const Origin& origin, std::string_view key, std::string_view problem) {
  if (key.empty() || key == origin.override) reject("{}: {}", origin.text, problem);
  reject("{}: {}: {}", origin.text, one_line(key), problem);
}

Tree parse_yaml(std::string_view text, const std::string& source) {
  return parse(text, {source, ""});
}

Tree parse_yaml_value(std::string_view text, const Origin& origin) {
  return parse(text, origin);
}

}  // namespace seqrl

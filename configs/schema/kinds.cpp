#include "configs/schema/kinds.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/schema/tree.h"

namespace seqrl {

void KindTable::add(Kind kind) {
  if (const Kind* present = find(kind.name)) {
    SEQRL_CHECK(present->type == kind.type);
    return;
  }
  SEQRL_CHECK(kind.make()->fields().find("kind") == nullptr);
  kinds_.push_back(std::move(kind));
}

void KindTable::add_alias(std::string alias, std::string_view kind) {
  if (const Kind* present = find(alias)) {
    SEQRL_CHECK(present->name == kind);
    return;
  }
  SEQRL_CHECK(find_own(kind) != nullptr);
  aliases_.emplace_back(std::move(alias), kind);
}

const KindTable::Kind* KindTable::find(std::string_view name) const {
  if (const Kind* kind = find_own(name)) return kind;
  const auto alias = std::ranges::find(aliases_, name, &std::pair<std::string, std::string>::first);
  return alias == aliases_.end() ? nullptr : find_own(alias->second);
}

std::string KindTable::suggestion(std::string_view name) const {
  std::vector<std::string> known = names();
  for (const auto& [alias, kind] : aliases_) known.push_back(alias);
  const std::string explained = explain_ ? explain_(name) : "";
  if (!nearest_name(name, known).empty()) return seqrl::suggestion(name, known) + explained;
  return explained.empty() ? seqrl::suggestion(name, names()) : explained;
}

const KindTable::Kind* KindTable::find_own(std::string_view name) const {
  const auto found = std::find_if(kinds_.begin(), kinds_.end(),
                                  [&](const Kind& kind) { return kind.name == name; });
  return found == kinds_.end() ? nullptr : &*found;
}

std::vector<std::string> KindTable::names() const {
  std::vector<std::string> names;
  for (const Kind& kind : kinds_) names.push_back(kind.name);
  return names;
}

KindTable& kind_table(std::type_index base,
                      const std::function<std::unique_ptr<KindOptions>()>& make_shared) {
  static std::mutex mutex;
  static std::map<std::type_index, KindTable> tables;
  const std::lock_guard lock(mutex);
  return tables.try_emplace(base, make_shared).first->second;
}

AnyKindSection::AnyKindSection(const KindTable* table, std::string_view kind) : table_(table) {
  if (!kind.empty()) choose(kind);
}

AnyKindSection::AnyKindSection(const AnyKindSection& other)
    : table_(other.table_),
      kind_(other.kind_),
      options_(other.options_ ? other.options_->clone() : nullptr),
      described_(other.described_) {}

AnyKindSection& AnyKindSection::operator=(const AnyKindSection& other) {
  if (this != &other) {
    options_ = other.options_ ? other.options_->clone() : nullptr;
    kind_ = other.kind_;
    table_ = other.table_;
    described_ = other.described_;
  }
  return *this;
}

void AnyKindSection::choose(std::string_view kind) {
  const KindTable::Kind* found = table_->find(kind);
  SEQRL_REQUIRE(found != nullptr, "unknown kind {}{}", shown(kind), table_->suggestion(kind));
  options_ = found->make();
  kind_ = found->name;
  described_ = nullptr;
}

void AnyKindSection::describe(std::string_view kind, const Tree& text) {
  options_ = table_->make_shared();
  kind_ = kind;
  described_ = std::make_shared<Tree>(text);
}

Fields AnyKindSection::fields() {
  return empty() ? Fields() : options()->fields();
}

std::string AnyKindSection::trust_key() const {
  return empty() ? "" : options()->trust_key();
}

void AnyKindSection::set_trusted(bool trusted) {
  options()->set_trusted(trusted);
}

KindOptions* AnyKindSection::options() const {
  SEQRL_CHECK(options_ != nullptr);
  return options_.get();
}

void AnyKindSection::fail_wrong_type(const char* wanted) const {
  throw Error(
      ErrorKind::internal,
      fmt::format("internal error: the options of kind '{}' are not of type {}", kind_, wanted));
}

}  // namespace seqrl

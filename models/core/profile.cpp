#include "models/core/profile.h"

#include <algorithm>
#include <functional>

namespace seqrl {
namespace {

thread_local Profile* current_profile = nullptr;

}  // namespace

Profile::Profile(Counter work) : outer_(current_profile), work_(work) {
  current_profile = this;
}

Profile::~Profile() {
  current_profile = outer_;
}

Profile* Profile::current() {
  return current_profile;
}

void Profile::enter(const char* op, bool backward) {
  leave();
  auto entry = std::ranges::find(entries_, op, &Entry::op);
  if (entry == entries_.end()) entry = entries_.insert(entry, Entry{op, {}, {}});
  part_ = backward ? &entry->backward : &entry->forward;
  ++part_->calls;
  work_before_ = work_();
  watch_ = Stopwatch();
}

void Profile::leave() {
  if (!part_) return;
  part_->seconds += watch_.seconds();
  part_->work += work_() - work_before_;
  part_ = nullptr;
}

std::vector<Profile::Entry> Profile::entries() const {
  std::vector<Entry> sorted = entries_;
  std::ranges::stable_sort(sorted, std::greater(), &Entry::seconds);
  return sorted;
}

}  // namespace seqrl

#include "tools/failure.h"

#include <charconv>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string_view>

#include "agents/runs/run_owner.h"
#include "configs/base/error.h"
#include "configs/base/printable.h"

namespace seqrl::tools {

Failure failure_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    const int status = error.kind() == ErrorKind::user ? 2 : 1;
    const bool taken = dynamic_cast<const RunTaken*>(&error) != nullptr;
    return {taken ? status_if_taken().value_or(status) : status, printable(error.what())};
  } catch (const std::bad_alloc&) {
    return {1, "out of memory"};
  } catch (const std::length_error&) {  // a vector that no machine could hold
    return {1, "out of memory"};
  } catch (const std::exception& error) {
    return {1, printable(error.what())};
  }
}

std::optional<int> status_if_taken() {
  const char* given = std::getenv(kStatusIfTaken);
  const std::string_view text = given == nullptr ? "" : given;
  int status = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  const bool read = error == std::errc() && end == text.data() + text.size();
  return read && status > 0 && status < 126 ? std::optional(status) : std::nullopt;
}

}  // namespace seqrl::tools

#include "tools/failure.h"

#include <fmt/format.h>

#include <filesystem>
#include <new>
#include <stdexcept>

#include "agents/runs/run_owner.h"
#include "configs/base/environment.h"
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
  } catch (const std::length_error&) {  // a vector too large for any machine
    return {1, "out of memory"};
  } catch (const std::filesystem::filesystem_error& error) {
    return {1, printable(fmt::format("cannot use {}: {}", error.path1().string(),
                                     error.code().message()))};
  } catch (const std::exception& error) {
    return {1, printable(error.what())};
  }
}

std::optional<int> status_if_taken() {
  const auto status = number_in_environment<int>(kStatusIfTaken);
  return status && *status > 0 && *status < 126 ? status : std::nullopt;
}

}  // namespace seqrl::tools

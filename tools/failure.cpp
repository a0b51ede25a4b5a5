#include "tools/failure.h"

#include <new>
#include <stdexcept>

#include "configs/base/error.h"
#include "configs/base/printable.h"

namespace seqrl::tools {

Failure failure_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return {error.kind() == ErrorKind::user ? 2 : 1, printable(error.what())};
  } catch (const std::bad_alloc&) {
    return {1, "out of memory"};
  } catch (const std::length_error&) {  // a vector that no machine could hold
    return {1, "out of memory"};
  } catch (const std::exception& error) {
    return {1, printable(error.what())};
  }
}

}  // namespace seqrl::tools

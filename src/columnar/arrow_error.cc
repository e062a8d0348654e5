#include "columnar/arrow_error.h"

#include <parquet/exception.h>

#include <new>

namespace pgattic::columnar {
namespace {

Status Translate(const std::string& message, ArrowUse use) {
  if (use == ArrowUse::kReading) {
    return {Code::kCorruption,
            "the Parquet bytes are damaged (" + message +
                "); verify the part, then repair it from the copy",
            {"parquet", ""}};
  }
  return {Code::kInternal, "the Parquet writer failed: " + message, {"parquet", ""}};
}

Status OutOfMemory() {
  return {Code::kResourceExhausted,
          "out of memory in the Parquet library; lower the number of workers",
          {"parquet", ""}};
}

}  // namespace

Status FromArrow(const arrow::Status& status, ArrowUse use) {
  if (status.IsOutOfMemory()) return OutOfMemory();
  return Translate(status.ToString(), use);
}

Status FromCurrentException(ArrowUse use) {
  try {
    std::rethrow_exception(std::current_exception());
  } catch (const parquet::ParquetStatusException& e) {
    return FromArrow(e.status(), use);
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  } catch (const std::exception& e) {
    return Translate(e.what(), use);
  }
}

}  // namespace pgattic::columnar

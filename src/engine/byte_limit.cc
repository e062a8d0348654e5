#include "engine/byte_limit.h"

#include <string>

namespace pgattic::engine {

Status CheckByteLimit(std::int64_t scanned, std::optional<std::int64_t> max_bytes,
                      std::string_view engine) {
  if (!max_bytes || scanned <= *max_bytes) return Status::Ok();
  return {Code::kResourceExhausted,
          "the query scanned " + std::to_string(scanned) + " bytes, more than " +
              std::to_string(*max_bytes) + ", and was ended; narrow it, or raise --max-bytes",
          {std::string(engine), "max_bytes"}};
}

}  // namespace pgattic::engine

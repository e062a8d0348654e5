#include "catalog/one_of.h"

#include "catalog/relation.h"

namespace pgattic::catalog {

OneOf::OneOf(const std::string& column, const std::string& array_type, int number,
             const std::vector<std::string>& values) {
  const std::string dollar = "$" + std::to_string(number);
  if (values.size() == 1) {
    const std::string type = array_type.substr(0, array_type.rfind("[]"));
    condition = column + " = " + dollar + "::" + type;
    parameter = values.front();
  } else {
    condition = column + " = ANY (" + dollar + "::" + array_type + ")";
    parameter = ArrayLiteral(values);
  }
}

}  // namespace pgattic::catalog

// From what the layers below say to the messages of the API.
#pragma once

#include <pgattic/v1/archive.pb.h>

#include <string>

#include "catalog/archive_overview.h"
#include "games/game.h"
#include "lookup/row_reader.h"

namespace pgattic::api {

v1::GetGameResponse ToMessage(const games::Game& game);
v1::GetRowResponse ToMessage(const lookup::Answer& answer, const std::string& source);
v1::Archive ToMessage(const catalog::ArchiveOverview& archive);

}  // namespace pgattic::api

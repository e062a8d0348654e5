// The definition of the table over a source's archives, kept in the store beside them.
#pragma once

#include <string>
#include <vector>

#include "archive/run_context.h"
#include "model/metadata.h"

namespace pgattic::archive {

/// Returns the metadata of the source's published archives, oldest first. Blocks: one GET each.
/// An archive whose metadata are not there (just unpublished) is left out; Corruption and the
/// errors of the store end it.
Result<std::vector<model::Metadata>> LoadPublished(const OpContext& ctx, catalog::Journal& journal,
                                                   store::ObjectStore& store,
                                                   const model::SourceId& source, bool at_root);

/// The key of the definition: athena_schemas/game_partitions.sql below the source's prefix.
std::string DefinitionKey(const model::SourceId& source, bool at_root);

/// What the definition says beside the archives. A plain value.
struct DefinitionOptions {
  std::string database;     ///< Athena's; "": none is written.
  bool is_archive = false;  ///< See model::TableOptions.
};

/// Writes the definition for Athena where the published archives are others than those that the
/// stored one was made of; deletes it where there is none. One HEAD where nothing changed. Replaces
/// only what it read (ETag) and what is of this source and server; of two runs the later to look
/// wins. It can always be made anew, so a failure loses nothing; the next call writes it.
Status KeepDefinition(const RunContext& run, const DefinitionOptions& options);

}  // namespace pgattic::archive

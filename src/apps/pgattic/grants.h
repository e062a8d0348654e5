// The least that pgattic has to be allowed; printed by init and doctor.
#pragma once

namespace pgattic::app {

inline constexpr const char* kGrants =
    "Least grants for the role that runs pgattic:\n"
    "  CREATE on the database, once, for the schema pgattic\n"
    "  membership in the role that owns the source   (GRANT owner TO pgattic)\n"
    "  CREATE on the schema of the source, for the owner (late partitions)\n"
    "  profile games: SELECT, UPDATE (migration_status) ON games\n"
    "Least permissions on the bucket: PutObject, GetObject, DeleteObject, also of versions,\n"
    "AbortMultipartUpload. ListBucket is only needed by commands that search the bucket.\n"
    "Let a lifecycle rule delete incomplete uploads after 7 days:\n"
    "  {\"Rules\":[{\"ID\":\"pgattic\",\"Status\":\"Enabled\",\"Filter\":{\"Prefix\":\"\"},\n"
    "    \"AbortIncompleteMultipartUpload\":{\"DaysAfterInitiation\":7}}]}\n";

}  // namespace pgattic::app

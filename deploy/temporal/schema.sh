#!/bin/sh
# Creates Temporal's two databases, or brings them to this server's schema.
set -eu

for database in temporal temporal_visibility; do
    schema=${database#temporal_}
    tool() {
        temporal-sql-tool --plugin postgres12 --endpoint "$POSTGRES_SEEDS" --port "$DB_PORT" \
            --user "$POSTGRES_USER" --database "$database" "$@"
    }
    tool create
    tool setup-schema --version 0.0
    tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done

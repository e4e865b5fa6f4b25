#!/bin/sh
# Creates our namespace and the search attributes by which operators find runs.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 168h

# A fresh namespace takes a few seconds to reach every host of the server.
tries=0
until temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
    --name CiRun --type Keyword \
    --name CiRepo --type Keyword \
    --name CiRef --type Keyword \
    --name CiSha --type Keyword \
    --name CiKind --type Keyword \
    --name CiOutcome --type Keyword \
    --name CiService --type Keyword \
    --name CiEnvironment --type Keyword \
    --name CiVersion --type Keyword; do
    tries=$((tries + 1))
    [ "$tries" -lt 12 ] || exit 1
    sleep 5
done

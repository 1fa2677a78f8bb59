#!/bin/bash
# The faults of lab/faults of SAs that were up: deletes, lost SAs, ESP.
exec "$(dirname "$0")/../fault.sh" ESP

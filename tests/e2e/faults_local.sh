#!/bin/bash
# The faults of lab/faults of a router's own configuration: nothing is sent.
exec "$(dirname "$0")/../fault.sh" LOCAL

#!/bin/bash
# The faults of lab/faults on the path: what is sent does not arrive.
exec "$(dirname "$0")/../fault.sh" REACH

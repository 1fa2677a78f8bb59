#!/bin/bash
# The faults of lab/faults of phase 2.
exec "$(dirname "$0")/../fault.sh" PHASE2

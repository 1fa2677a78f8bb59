#!/bin/bash
# The faults of lab/faults of phase 1.
exec "$(dirname "$0")/../fault.sh" PHASE1

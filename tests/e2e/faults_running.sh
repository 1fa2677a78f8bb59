#!/bin/bash
# faults_injected.sh on a router that runs, of one seed: SEED=N for another, STORMS=N for so many from there on.
SEED=${SEED:-1} STORMS=${STORMS:-1} BOOTS=0 exec "$(dirname "$0")/faults_injected.sh"

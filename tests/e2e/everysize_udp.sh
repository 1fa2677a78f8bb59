#!/bin/bash
# tests/e2e/everysize.sh with ESP in UDP, through a NAT.
ENCAP=udp exec "$(dirname "$0")/everysize.sh"

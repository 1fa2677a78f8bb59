#!/bin/bash
# Netmiko by SSH and by telnet: prompts, enable, commands with and without TextFSM, errors, 500 lines at once, saving.
. "$(dirname "$0")/lib.sh"
client_router
in_ns R1 "$python" "$clients/netmiko_cycle.py" cisco_ios 22 "$clients/templates" || fail 'netmiko by SSH'
in_ns R1 "$python" "$clients/netmiko_cycle.py" cisco_ios_telnet 23 "$clients/templates" || fail 'netmiko by telnet'

#!/bin/sh
# Our ESP against scapy's: esp_tool (built beside $MAINMODE) and esp_scapy.py exchange packets through pipes; no network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tool=$(dirname "${MAINMODE:?names the built mainmode}")/tests/bin/esp_tool
[ -x "$tool" ] || { echo "$tool is missing: make all" >&2; exit 1; }
exec env PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore /usr/bin/python3 "$here/esp_scapy.py" "$tool"

#!/usr/bin/python3
"""netmiko_cycle.py DEVICE-TYPE PORT TEMPLATES: what people do with Netmiko, on the router that answers on 127.0.0.1.

Each step prints one line, `ok WHAT`; the first thing that is not as it should be ends it.
"""
import os
import sys
import tempfile

import netmiko

device_type, port, templates = sys.argv[1], int(sys.argv[2]), sys.argv[3]
os.environ["NET_TEXTFSM"] = templates
LINES = 500


def connect(user, password):
    return netmiko.ConnectHandler(
        device_type=device_type, host="127.0.0.1", port=port, username=user, password=password, secret="lab",
        timeout=60, fast_cli=device_type.endswith("telnet"))


def check(what, good, seen=""):
    if not good:
        sys.exit(f"FAIL {device_type}: {what}\n{seen}")
    print(f"ok {device_type}: {what}", flush=True)


# a user who has to enable
router = connect("op", "op")
prompt = router.find_prompt()
check("find_prompt", prompt == "R1>", prompt)
check("not enabled", not router.check_enable_mode())
out = router.send_command("show running-config")
check("a user sees no running-config", "% Invalid input" in out, out)
router.enable()
check("enable", router.find_prompt() == "R1#")
router.exit_enable_mode()
check("disable", router.find_prompt() == "R1>")
router.disconnect()

# who may everything
router = connect("admin", "admin")
check("level 15 at once", router.find_prompt() == "R1#")
out = router.send_command("show version")
check("show version", "Cisco IOS Software" in out and "R1 uptime is" in out, out)
rows = router.send_command("show ip interface brief", use_textfsm=True)
check("show ip interface brief with TextFSM", isinstance(rows, list) and len(rows) == 3 and
      {"intf": "Loopback0", "ipaddr": "10.0.0.1", "status": "up", "proto": "up"} in rows, rows)
rows = router.send_command("show interfaces", use_textfsm=True)
check("show interfaces with TextFSM", isinstance(rows, list) and [r["interface"] for r in rows] ==
      ["Ethernet0/0", "Loopback0", "Tunnel12"] and all(int(r["mtu"]) > 0 for r in rows), rows)

for line, error in (("interface Loopback", "% Incomplete command."), ("interface Foo1", "% Invalid input detected"),
                    ("crypto isakmp polixy 10", "% Invalid input detected"), ("i", "% Ambiguous command:")):
    out = router.send_config_set([line])
    check(f"error of '{line}'", error in out, out)
    check(f"no configuration mode after '{line}'", not router.check_config_mode(), out)

# of many lines sent at once it takes a pause of so many times two seconds for the end, with fast_cli 0.2 s
router.global_delay_factor = 1
config = ["interface Loopback7", "description five hundred lines", "ip address 10.7.7.7 255.255.255.255"]
config += [f"ip route 172.{16 + n // 256}.{n % 256}.0 255.255.255.0 192.0.2.2 name n{n}" for n in range(LINES - 3)]
out = router.send_config_set(config)
check(f"{LINES} lines are taken", "%" not in out, out)
check("all of them are echoed", all(line in out for line in config), out)
have = router.send_command("show running-config")
check("all of them are in the running-config", all(line in have for line in config[2:]), have)
out = router.send_config_set(["no interface Loopback7"] + ["no " + line for line in config[3:]])
check("and go again", "%" not in out and "ip route" not in router.send_command("show running-config"), out)

router.send_config_set(["interface Loopback8", "ip address 10.8.8.8 255.255.255.255"])
out = router.save_config()
check("save_config", "[OK]" in out, out)
check("saved", "interface Loopback8" in router.send_command("show startup-config"))
router.send_config_set(["no interface Loopback8"])
out = router.send_command("clear counters", expect_string=r"\[confirm\]")
out = router.send_command("\n", expect_string=r"#")
check("a dialog", router.find_prompt() == "R1#", out)

if device_type == "cisco_ios":
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as f:
        f.write("! a file\n" * 1000)
        f.flush()
        done = netmiko.file_transfer(router, source_file=f.name, dest_file="moved.cfg", file_system="flash:")
        check("file_transfer", done["file_exists"] and done["file_transferred"] and done["file_verified"], done)
        done = netmiko.file_transfer(router, source_file=f.name, dest_file="moved.cfg", file_system="flash:")
        check("file_transfer sees that it is there", done["file_verified"] and not done["file_transferred"], done)
    out = router.send_command("delete /force flash:moved.cfg")
    check("delete", "moved.cfg" not in router.send_command("dir flash:"), out)
router.disconnect()

# make fuzz SECONDS=N: every harness for N seconds. They are built by the script, with clang, and not by make all.
EXTRA_DIST += doc/fuzzing.md fuzz/run.sh fuzz/build.sh fuzz/coverage.sh fuzz/ike_forge.c fuzz/ike_forge.h fuzz/ike_world.c fuzz/ike_world.h fuzz/ike_seeds.py fuzz/ike.dict fuzz/payload.dict
EXTRA_DIST += fuzz/no_router.h fuzz/corpus fuzz/fuzz_coalesce.c fuzz/fuzz_esp.c fuzz/fuzz_esp_batch.c fuzz/fuzz_esp_inbound.c fuzz/fuzz_frag.c fuzz/fuzz_ike.c fuzz/fuzz_line.c
EXTRA_DIST += fuzz/fuzz_fs.c fuzz/fuzz_loader.c fuzz/fuzz_password.c fuzz/fuzz_payload.c fuzz/fuzz_scp.c fuzz/fuzz_segment.c fuzz/fuzz_ssh_key.c
EXTRA_DIST += fuzz/fuzz_telnet.c fuzz/fuzz_type6.c fuzz/fuzz_explain.c
EXTRA_DIST += fuzz/fuzz_dns.c fuzz/fuzz_netlink.c fuzz/fuzz_probe.c fuzz/fuzz_wire.c
EXTRA_DIST += fuzz/fuzz_command.c fuzz/fuzz_filter.c fuzz/no_exec.c
EXTRA_DIST += fuzz/fuzz_acl_log.c fuzz/fuzz_check.c fuzz/fuzz_esp_outbound.c fuzz/is_json.h

fuzz:
	@$(srcdir)/fuzz/run.sh $(SECONDS)
.PHONY: fuzz

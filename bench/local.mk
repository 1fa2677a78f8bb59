EXTRA_DIST += bench/explain.sh
EXTRA_DIST += bench/figures.sh bench/handshake.sh bench/many.sh bench/responder.sh bench/scale.sh
noinst_PROGRAMS += tests/bin/initiator
tests_bin_initiator_SOURCES = bench/initiator.c tests/tool/ike_peer.c tests/tool/ike_peer.h
tests_bin_initiator_LDADD = ike/libike.a netif/libnetif.a config/libconfig.a base/libbase.a $(CRYPTO_LIBS) $(NETIF_LIBS)
EXTRA_DIST += bench/config.sh bench/config_make.sh bench/vtys.sh
noinst_PROGRAMS += tests/bin/config_load
tests_bin_config_load_SOURCES = bench/config_load.c fuzz/no_router.h
tests_bin_config_load_LDADD = shell/libshell.a startup-config/libnvram.a config/libconfig.a base/libbase.a \
	$(CLI_LIBS) $(READLINE_LIBS) $(CRYPTO_LIBS) -lresolv
# ESP against other implementations: make bench, make bench ONLY='--quick'. bench/esp.sh --help says what can be chosen.
EXTRA_DIST += bench/esp.sh bench/forward doc/performance.md
noinst_PROGRAMS += tests/bin/load
tests_bin_load_SOURCES = bench/load.c
tests_bin_load_LDADD = base/libbase.a
noinst_PROGRAMS += tests/bin/probe
tests_bin_probe_SOURCES = bench/probe.c
tests_bin_probe_LDADD = esp/libesp.a netif/libnetif.a config/libconfig.a base/libbase.a $(CRYPTO_LIBS) $(NETIF_LIBS)
bench: all
	MAINMODE='$(abs_builddir)/mainmode' $(srcdir)/bench/esp.sh $(ONLY)
.PHONY: bench

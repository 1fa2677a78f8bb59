EXTRA_DIST += bench/figures.sh bench/handshake.sh bench/many.sh bench/responder.sh bench/scale.sh
noinst_PROGRAMS += tests/bin/initiator
tests_bin_initiator_SOURCES = bench/initiator.c
tests_bin_initiator_LDADD = ike/libike.a netif/libnetif.a config/libconfig.a base/libbase.a $(CRYPTO_LIBS) $(MNL_LIBS)

noinst_PROGRAMS += tests/bin/esp_tool
tests_bin_esp_tool_SOURCES = tests/tool/esp_tool.c
tests_bin_esp_tool_LDADD = esp/libesp.a base/libbase.a $(CRYPTO_LIBS)

EXTRA_DIST += tests/interop/esp_scapy.sh tests/interop/esp_scapy.py

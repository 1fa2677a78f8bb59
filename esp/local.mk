noinst_LIBRARIES += esp/libesp.a
esp_libesp_a_SOURCES = esp/esp.c esp/esp.h

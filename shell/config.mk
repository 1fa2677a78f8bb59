# Configuration: the commands with their writers, the running-config as text, the loader.
shell_libshell_a_SOURCES += \
	shell/cmd_global.c shell/cmd_harmless.c shell/cmd_if_address.c shell/cmd_interface.c shell/cmd_ipsec.c \
	shell/cmd_isakmp.c shell/cmd_line.c shell/cmd_route.c shell/commands.c shell/commands.h \
	shell/if_address.h shell/kept.c shell/kept.h shell/loader.c shell/loader.h shell/running.c shell/running.h
EXTRA_DIST += fuzz/fuzz_loader.c fuzz/corpus/loader

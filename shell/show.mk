shell_libshell_a_SOURCES += shell/commands_show.h \
	shell/show.c shell/show.h \
	shell/print_crypto.h shell/print_isakmp.c shell/print_ipsec.c shell/print_session.c \
	shell/print_ip.h shell/print_interface.c shell/print_route.c \
	shell/print_system.c shell/print_system.h \
	shell/ping.c shell/ping.h \
	shell/cmd_show_crypto.c shell/cmd_show_ip.c \
	shell/cmd_ping.c shell/cmd_show_system.c \
	shell/cmd_debug.c shell/cmd_clear.c shell/cmd_file.c

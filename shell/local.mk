noinst_LIBRARIES += shell/libshell.a
shell_libshell_a_SOURCES = \
	shell/aaa.h \
	shell/ask.c \
	shell/ask.h \
	shell/client.c \
	shell/client.h \
	shell/cmd.c \
	shell/cmd.h \
	shell/cmd_clear.c \
	shell/cmd_debug.c \
	shell/cmd_file.c \
	shell/cmd_global.c \
	shell/cmd_harmless.c \
	shell/cmd_if_address.c \
	shell/cmd_interface.c \
	shell/cmd_ipsec.c \
	shell/cmd_ipsec_global.c \
	shell/cmd_isakmp.c \
	shell/cmd_isakmp_global.c \
	shell/cmd_isakmp_peer.c \
	shell/cmd_isakmp_profile.c \
	shell/cmd_keys.c \
	shell/cmd_line.c \
	shell/cmd_master_key.c \
	shell/cmd_ping.c \
	shell/cmd_route.c \
	shell/cmd_session.c \
	shell/cmd_session.h \
	shell/cmd_show_crypto.c \
	shell/cmd_show_ip.c \
	shell/cmd_show_system.c \
	shell/commands.c \
	shell/commands.h \
	shell/commands_show.h \
	shell/console.c \
	shell/console.h \
	shell/dns.c \
	shell/dns.h \
	shell/edit.c \
	shell/edit.h \
	shell/fd.h \
	shell/filter.c \
	shell/filter.h \
	shell/front.c \
	shell/front.h \
	shell/fs.c \
	shell/fs.h \
	shell/fs_dir.c \
	shell/fs_int.h \
	shell/help.c \
	shell/history.c \
	shell/history.h \
	shell/if_address.h \
	shell/input.c \
	shell/input.h \
	shell/kept.c \
	shell/kept.h \
	shell/line.c \
	shell/lines.h \
	shell/loader.c \
	shell/loader.h \
	shell/logq.c \
	shell/logq.h \
	shell/match.h \
	shell/output.c \
	shell/page.c \
	shell/page.h \
	shell/ping.c \
	shell/ping.h \
	shell/print_crypto.h \
	shell/print_interface.c \
	shell/print_ip.h \
	shell/print_ipsec.c \
	shell/print_isakmp.c \
	shell/print_route.c \
	shell/print_session.c \
	shell/print_system.c \
	shell/print_system.h \
	shell/resolve.c \
	shell/resolve.h \
	shell/running.c \
	shell/running.h \
	shell/secret.c \
	shell/secret.h \
	shell/session.c \
	shell/session.h \
	shell/session_int.h \
	shell/show.c \
	shell/show.h \
	shell/socket_path.h \
	shell/token.c \
	shell/tree.c \
	shell/tree.h \
	shell/vty.c \
	shell/vty.h \
	shell/walk.c \
	shell/walk.h \
	shell/wire.h

bin_PROGRAMS += mainmode
mainmode_SOURCES = shell/main.c shell/boot.c shell/boot.h shell/tables.c shell/tables.h
mainmode_LDADD = shell/libshell.a router/librouter.a ike/libike.a esp/libesp.a netif/libnetif.a \
	startup-config/libnvram.a config/libconfig.a base/libbase.a \
	$(EVENT_LIBS) $(MNL_LIBS) $(CRYPTO_LIBS) $(CLI_LIBS) $(READLINE_LIBS) -lresolv
dist_man_MANS += doc/mainmode.8

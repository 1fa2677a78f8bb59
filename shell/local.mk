noinst_LIBRARIES += shell/libshell.a
shell_libshell_a_SOURCES = \
	shell/client.c shell/client.h shell/cmd.c shell/cmd.h shell/cmd_session.c shell/cmd_session.h \
	shell/console.c shell/console.h shell/edit.c shell/edit.h shell/filter.c shell/filter.h \
	shell/front.c shell/front.h shell/help.c shell/history.c shell/history.h shell/input.c shell/input.h \
	shell/logq.c shell/logq.h shell/match.h shell/output.c shell/page.c shell/page.h \
	shell/session.c shell/session.h shell/session_int.h shell/socket_path.h shell/token.c \
	shell/tree.c shell/tree.h shell/vty.c shell/vty.h shell/wire.h
include shell/config.mk

bin_PROGRAMS += mainmode
mainmode_SOURCES = shell/main.c shell/boot.c shell/boot.h shell/tables.c shell/tables.h
mainmode_LDADD = shell/libshell.a router/librouter.a ike/libike.a esp/libesp.a netif/libnetif.a \
	startup-config/libnvram.a config/libconfig.a base/libbase.a \
	$(EVENT_LIBS) $(MNL_LIBS) $(CRYPTO_LIBS) $(CLI_LIBS) $(READLINE_LIBS)
dist_man_MANS += doc/mainmode.8

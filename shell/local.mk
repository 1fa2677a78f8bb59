noinst_LIBRARIES += shell/libshell.a
shell_libshell_a_SOURCES = \
	shell/cmd.c shell/cmd.h shell/cmd_session.c shell/cmd_session.h shell/filter.c shell/filter.h \
	shell/help.c shell/history.c shell/history.h shell/logq.c shell/logq.h shell/match.h \
	shell/output.c shell/page.c shell/page.h shell/session.c shell/session.h shell/session_int.h \
	shell/token.c shell/tree.c shell/tree.h
include shell/config.mk

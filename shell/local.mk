noinst_LIBRARIES += shell/libshell.a
shell_libshell_a_SOURCES = shell/shell.c shell/cmd.h shell/session.h

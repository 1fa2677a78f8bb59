# The unit names the program where it is installed, which only make knows.
systemddir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
nodist_systemd_DATA = systemd/mainmode.service
dist_sysusers_DATA = systemd/mainmode.conf
EXTRA_DIST += systemd/mainmode.service.in
CLEANFILES += systemd/mainmode.service

systemd/mainmode.service: systemd/mainmode.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && sed 's,[@]bindir[@],$(bindir),' $(srcdir)/systemd/mainmode.service.in >$@.new && mv $@.new $@

EXTRA_DIST += doc/explain.md doc/explain.png
noinst_LIBRARIES += explain/libexplain.a
explain_libexplain_a_SOURCES = explain/cause.c explain/cause.h explain/cause.def
# The pages of messages are built in; a message without its page does not build.
EXTRA_DIST += doc/messages explain/pages.awk
explain_libexplain_a_SOURCES += explain/page.c explain/page.h explain/pages.h explain/plain.c explain/plain.h explain/near.c \
	explain/near.h
nodist_explain_libexplain_a_SOURCES = explain/pages.c
CLEANFILES += explain/pages.c
MESSAGE_FILES = $(wildcard $(srcdir)/ike/debug.def $(srcdir)/router/debug.def $(srcdir)/explain/foreign.def \
	$(srcdir)/doc/messages/*.md)
explain/pages.c: $(srcdir)/explain/pages.awk $(MESSAGE_FILES) $(srcdir)/doc/messages
	$(AM_V_GEN)$(MKDIR_P) explain && $(AWK) -f $(srcdir)/explain/pages.awk $(MESSAGE_FILES) >$@.new && mv $@.new $@
message-index:
	$(AWK) -v index_wanted=1 -f $(srcdir)/explain/pages.awk $(MESSAGE_FILES) >index.new
	mv index.new $(srcdir)/doc/messages/README.md
.PHONY: message-index
explain_libexplain_a_SOURCES += explain/message.c explain/message.h explain/message_id.h explain/foreign.def explain/form.c explain/form.h \
	explain/prefix.c explain/prefix.h
explain_libexplain_a_SOURCES += explain/frame.c explain/frame.h explain/stamp.c explain/stamp.h explain/mask.c explain/mask.h \
	explain/reader.c explain/read.h explain/track.c explain/track.h explain/locate.c explain/packet.c explain/follow.c \
	explain/values.c explain/judge.c explain/judge.h explain/judge_phase1.c explain/judge_phase2.c \
	explain/story.c explain/story.h explain/config.c explain/text.c explain/json.c
# The style of the HTML page is built in.
EXTRA_DIST += explain/html.css explain/css.awk
explain_libexplain_a_SOURCES += explain/html.c explain/html.h explain/html_ladder.c explain/html_pages.c explain/html_peers.c \
	explain/html_put.c explain/visible.c explain/visible.h
nodist_explain_libexplain_a_SOURCES += explain/html_css.c
CLEANFILES += explain/html_css.c
explain/html_css.c: $(srcdir)/explain/css.awk $(srcdir)/explain/html.css
	$(AM_V_GEN)$(MKDIR_P) explain && $(AWK) -f $(srcdir)/explain/css.awk $(srcdir)/explain/html.css >$@.new && mv $@.new $@

EXTRA_DIST += doc/explain.md
noinst_LIBRARIES += explain/libexplain.a
explain_libexplain_a_SOURCES = explain/cause.c explain/cause.h explain/cause.def

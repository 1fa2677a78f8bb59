EXTRA_DIST += doc/explain.md

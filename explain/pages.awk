# The pages of all messages as one source file, or with -v index_wanted=1 their index, doc/messages/README.md.
#
#	awk -f pages.awk ike/debug.def router/debug.def explain/foreign.def doc/messages/*.md
#
# An entry without a page and a page without an entry are errors. Only what another release prints (FOREIGN) may lack one.

FILENAME ~ /\.def$/ {
	if ($0 ~ /^(DBG|ERR|LOG|FOREIGN)\(/) {
		name = $0
		sub(/^[A-Z]+\(/, "", name)
		sub(/,.*/, "", name)
		names[++count] = name
		entry[name] = 1
		if ($0 ~ /^FOREIGN/)
			optional[name] = 1
	}
	next
}

FNR == 1 {
	page = FILENAME
	sub(/.*\//, "", page)
	sub(/\.md$/, "", page)
	pages[++page_count] = page
}

{
	text[page, FNR] = $0
	lines[page] = FNR
	if (!(page in form) && /^    /)
		form[page] = substr($0, 5)
	if (/^- Phase: /)
		phase[page] = substr($0, 10)
}

function complain(what) {
	print what > "/dev/stderr"
	bad = 1
}

function quoted(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	gsub(/\t/, "\\t", s)
	return "\"" s "\\n\""
}

function source(    i, k) {
	print "/* Made by explain/pages.awk from doc/messages. */"
	print "#include \"explain/pages.h\"\n"
	print "const struct message_page message_pages[] = {"
	for (i = 1; i <= count; i++) {
		if (!(names[i] in lines))
			continue
		print "\t{ \"" names[i] "\","
		for (k = 1; k <= lines[names[i]]; k++)
			print "\t  " quoted(text[names[i], k])
		print "\t},"
	}
	print "};"
	print "const size_t message_page_count = sizeof(message_pages) / sizeof(message_pages[0]);"
}

function section(title, key,    i) {
	print "\n## " title "\n"
	for (i = 1; i <= count; i++)
		if (index(", " phase[names[i]] ",", ", " key ","))
			print "- [" names[i] "](" names[i] ".md): `" form[names[i]] "`"
}

function list(    i, n, titles) {
	print "# Messages\n"
	print "A page for each debug line and syslog message about tunnels, by where in a negotiation it is seen; a message of"
	print "several phases stands in each. `show crypto explain message` prints the page of a line that is typed or pasted behind"
	print "it. The forms are those of IOS 15.2, here the first line of each; values stand in angle brackets. Made by `make"
	print "message-index`.\n"
	print "What stands before a message differs by release, and so tells which one a log is of:\n"
	print "| release | a line | a packet received | an error |"
	print "|---|---|---|---|"
	print "| 12.3 | `ISAKMP (0:2): text` | the same | the same |"
	print "| 12.4 | `ISAKMP:(1001):text` | `ISAKMP (0:1001): received packet` | as a line |"
	print "| 12.4(20)T to 15.5 | `ISAKMP:(1001):text` or `ISAKMP:(1001): text` | `ISAKMP (1001): received packet` | as a line |"
	print "| 15.6 and later | `ISAKMP: (1001):text` | `ISAKMP-PAK: (1001):received packet` | `ISAKMP-ERROR: (1001):text` |"
	n = split("MM1 MM2 MM3 MM4 MM5 MM6 AG1 AG2 AG3 QM1 QM2 QM3", titles, " ")
	section("At any time", "any")
	for (i = 1; i <= n; i++)
		section((i <= 6 ? "Main Mode" : i <= 9 ? "Aggressive Mode" : "Quick Mode") ", " titles[i], titles[i])
	section("Informational exchanges", "Informational")
	section("Outside of exchanges", "none")
}

END {
	for (i = 1; i <= count; i++)
		if (!(names[i] in lines) && !(names[i] in optional))
			complain("doc/messages/" names[i] ".md: missing")
	for (i = 1; i <= page_count; i++)
		if (pages[i] != "README" && !(pages[i] in entry))
			complain("doc/messages/" pages[i] ".md: there is no message of this name")
	if (bad)
		exit 1
	if (index_wanted)
		list()
	else
		source()
}

# explain/html.css as the source of html_css: awk -f css.awk html.css
BEGIN { print "/* Made by explain/css.awk from explain/html.css. */\n#include \"explain/html.h\"\n\nconst char *const html_css[] = {" }
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	print "\t\"" $0 "\","
}
END { print "\tNULL\n};" }

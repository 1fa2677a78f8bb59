#include "shell/edit.h"

#include "shell/keys.h"

#include <ctype.h>
#include <string.h>

#define SCROLL     10
#define LEAST_AREA 20

/* --- the screen ---- */

void screen_begin(struct screen *s, size_t prompt_octets, unsigned width)
{
	s->prompt = prompt_octets;
	s->width = width;
	s->first = s->octets = s->cursor = 0;
}

/* How many characters fit behind the prompt; the last column stays free, since terminals differ in what it does. */
static size_t area(const struct screen *s)
{
	size_t room = s->width > s->prompt + 1 ? s->width - s->prompt - 1 : 0;

	if (!s->width || room >= EDIT_SIZE)
		return EDIT_SIZE - 1;
	return room < LEAST_AREA ? LEAST_AREA : room;
}

static void scroll(struct screen *s, size_t point, size_t room)
{
	while (s->first && point <= s->first)
		s->first -= s->first < SCROLL ? s->first : SCROLL;
	while (point - s->first >= room)
		s->first += SCROLL;
}

static size_t compose(const struct screen *s, const char *text, size_t octets, size_t room, char *out)
{
	size_t n = octets - s->first < room ? octets - s->first : room;

	memcpy(out, text + s->first, n);
	if (n && s->first)
		out[0] = '$';
	if (s->first + n < octets)
		out[n - 1] = '$';
	return n;
}

static void back(struct screen *s, size_t n)
{
	static const char backspaces[] = "\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b";

	while (n) {
		size_t part = n < sizeof(backspaces) - 1 ? n : sizeof(backspaces) - 1;

		s->write(s->ctx, backspaces, part);
		n -= part;
	}
}

static void blanks(struct screen *s, size_t n)
{
	while (n--)
		s->write(s->ctx, " ", 1);
}

void screen_show(struct screen *s, const char *text, size_t octets, size_t point)
{
	size_t room = area(s), same = 0, n, column;
	char want[EDIT_SIZE];

	if (octets >= EDIT_SIZE)
		octets = EDIT_SIZE - 1;
	if (point > octets)
		point = octets;
	scroll(s, point, room);
	n = compose(s, text, octets, room, want);
	column = point - s->first;
	while (same < n && same < s->octets && want[same] == s->shown[same])
		same++;
	if (same < n || s->octets > n) {
		/* from where they differ: the new characters, then blanks over what was longer */
		size_t longer = s->octets > n ? s->octets - n : 0;

		if (s->cursor > same)
			back(s, s->cursor - same);
		else
			same = s->cursor;
		if (n > same)
			s->write(s->ctx, want + same, n - same);
		blanks(s, longer);
		s->cursor = n + longer;
	}
	if (s->cursor > column)
		back(s, s->cursor - column);
	else if (s->cursor < column)
		s->write(s->ctx, want + s->cursor, column - s->cursor);
	memcpy(s->shown, want, n);
	s->octets = n;
	s->cursor = column;
}

/* --- the line ---- */

void edit_begin(struct edit *e, struct screen *s, const struct history *h)
{
	e->screen = s;
	e->history = h;
	e->octets = e->point = e->back = 0;
	e->text[0] = '\0';
	e->keys = KEYS_PLAIN;
}

void edit_set(struct edit *e, const char *text)
{
	e->octets = strnlen(text, EDIT_SIZE - 1);
	memmove(e->text, text, e->octets);
	e->text[e->octets] = '\0';
	e->point = e->octets;
}

static void bell(const struct edit *e)
{
	e->screen->write(e->screen->ctx, "\a", 1);
}

static void insert(struct edit *e, const char *text, size_t n)
{
	if (e->octets + n >= EDIT_SIZE) {
		bell(e);
		return;
	}
	memmove(e->text + e->point + n, e->text + e->point, e->octets - e->point + 1);
	memcpy(e->text + e->point, text, n);
	e->octets += n;
	e->point += n;
}

/* Cuts [from, to); kept for Ctrl-Y when it was more than a character. */
static void cut(struct edit *e, size_t from, size_t to)
{
	if (to - from > 1) {
		memcpy(e->killed, e->text + from, to - from);
		e->killed[to - from] = '\0';
	}
	memmove(e->text + from, e->text + to, e->octets - to + 1);
	e->octets -= to - from;
	e->point = from;
}

static size_t word_left(const struct edit *e)
{
	size_t i = e->point;

	while (i && isspace((unsigned char)e->text[i - 1]))
		i--;
	while (i && !isspace((unsigned char)e->text[i - 1]))
		i--;
	return i;
}

static size_t word_right(const struct edit *e)
{
	size_t i = e->point;

	while (i < e->octets && isspace((unsigned char)e->text[i]))
		i++;
	while (i < e->octets && !isspace((unsigned char)e->text[i]))
		i++;
	return i;
}

static void transpose(struct edit *e)
{
	size_t at = e->point == e->octets && e->point ? e->point - 1 : e->point;
	char c;

	if (!at || at >= e->octets) {
		bell(e);
		return;
	}
	c = e->text[at];
	e->text[at] = e->text[at - 1];
	e->text[at - 1] = c;
	e->point = at + 1;
}

static void recall(struct edit *e, bool older)
{
	size_t count = e->history ? e->history->count : 0;

	if (older ? e->back == count : e->back == 0) {
		bell(e);
		return;
	}
	if (e->back == 0)
		memcpy(e->draft, e->text, e->octets + 1);
	e->back = older ? e->back + 1 : e->back - 1;
	edit_set(e, e->back ? e->history->lines[count - e->back] : e->draft);
}

static void move(struct edit *e, bool right)
{
	if (right ? e->point < e->octets : e->point > 0)
		e->point = right ? e->point + 1 : e->point - 1;
	else
		bell(e);
}

static void rub_out(struct edit *e)
{
	if (e->point)
		cut(e, e->point - 1, e->point);
	else
		bell(e);
}

/* What a line without editing still takes. */
static bool is_basic(unsigned char key)
{
	static const char basic[] = { '\r',          '\n',          '\t',          CTRL_KEY('C'), CTRL_KEY('H'),
				      CTRL_KEY('L'), CTRL_KEY('R'), CTRL_KEY('U'), CTRL_KEY('W'), CTRL_KEY('Z') };

	return key >= ' ' || (key && memchr(basic, key, sizeof(basic)));
}

static enum edit_event plain_key(struct edit *e, unsigned char key)
{
	if (e->screen->plain && !is_basic(key)) {
		bell(e);
		return EDIT_NONE;
	}
	switch (key) {
	case '\r':
	case '\n':
		return EDIT_LINE;
	case '\t':
		return EDIT_TAB;
	case '?':
		return EDIT_HELP;
	case CTRL_KEY('C'):
		return EDIT_BREAK;
	case CTRL_KEY('Z'):
		return EDIT_END;
	case CTRL_KEY('R'):
	case CTRL_KEY('L'):
		return EDIT_REDRAW;
	case CTRL_KEY('A'):
		e->point = 0;
		break;
	case CTRL_KEY('E'):
		e->point = e->octets;
		break;
	case CTRL_KEY('B'):
	case CTRL_KEY('F'):
		move(e, key == CTRL_KEY('F'));
		break;
	case CTRL_KEY('P'):
	case CTRL_KEY('N'):
		recall(e, key == CTRL_KEY('P'));
		break;
	case CTRL_KEY('H'):
	case KEY_RUBOUT:
		rub_out(e);
		break;
	case CTRL_KEY('D'):
		if (e->point < e->octets)
			cut(e, e->point, e->point + 1);
		break;
	case CTRL_KEY('K'):
		cut(e, e->point, e->octets);
		break;
	case CTRL_KEY('U'):
	case CTRL_KEY('X'):
		cut(e, 0, e->point);
		break;
	case CTRL_KEY('W'):
		cut(e, word_left(e), e->point);
		break;
	case CTRL_KEY('T'):
		transpose(e);
		break;
	case CTRL_KEY('Y'):
		insert(e, e->killed, strlen(e->killed));
		break;
	case CTRL_KEY('V'):
		e->keys = KEYS_QUOTED;
		break;
	case KEY_ESCAPE:
		e->keys = KEYS_ESCAPE;
		break;
	default:
		if (key >= ' ')
			insert(e, &(char){ (char)key }, 1);
		break;
	}
	return EDIT_NONE;
}

/* Esc C, L and U: the word at the cursor with other letters. */
static void change_case(struct edit *e, int key)
{
	size_t end = word_right(e);

	while (e->point < end && isspace((unsigned char)e->text[e->point]))
		e->point++;
	for (size_t i = e->point; i < end; i++) {
		bool upper = key == 'u' || (key == 'c' && i == e->point);
		int c = (unsigned char)e->text[i];

		e->text[i] = (char)(upper ? toupper(c) : key == 'c' ? c : tolower(c));
	}
	e->point = end;
}

static void escape_key(struct edit *e, unsigned char key)
{
	size_t at = e->point;

	e->keys = KEYS_PLAIN;
	switch (tolower(key)) {
	case '[':
	case 'o': /* arrow keys of a terminal in application mode */
		if (key != 'o')
			e->keys = KEYS_BRACKET;
		break;
	case 'b':
		e->point = word_left(e);
		break;
	case 'f':
		e->point = word_right(e);
		break;
	case 'd':
		cut(e, at, word_right(e));
		break;
	case 'c':
	case 'l':
	case 'u':
		change_case(e, tolower(key));
		break;
	case '\b':
	case KEY_RUBOUT:
		cut(e, word_left(e), at);
		break;
	default:
		break;
	}
}

static void bracket_key(struct edit *e, unsigned char key)
{
	e->keys = KEYS_PLAIN;
	switch (key) {
	case 'A':
	case 'B':
		recall(e, key == 'A');
		break;
	case 'C':
	case 'D':
		move(e, key == 'C');
		break;
	case 'H':
		e->point = 0;
		break;
	case 'F':
		e->point = e->octets;
		break;
	default:
		if (isdigit(key))
			e->keys = KEYS_SKIP; /* the keys beyond the arrows: they end with ~ */
		break;
	}
}

enum edit_event edit_key(struct edit *e, unsigned char key)
{
	enum edit_event event = EDIT_NONE;
	bool belongs = e->after_cr && (key == '\n' || key == '\0');

	e->after_cr = key == '\r';
	if (belongs)
		return EDIT_NONE;
	switch (e->keys) {
	case KEYS_PLAIN:
		event = plain_key(e, key);
		break;
	case KEYS_ESCAPE:
		escape_key(e, key);
		break;
	case KEYS_BRACKET:
		bracket_key(e, key);
		break;
	case KEYS_SKIP:
		if (key == '~' || isalpha(key))
			e->keys = KEYS_PLAIN;
		break;
	case KEYS_QUOTED:
		e->keys = KEYS_PLAIN;
		if (key >= ' ' || key == '\t')
			insert(e, &(char){ (char)key }, 1);
		break;
	}
	if (event == EDIT_NONE)
		screen_show(e->screen, e->text, e->octets, e->point);
	return event;
}

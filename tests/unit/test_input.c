/* What is typed, beside another descriptor that is readable all the time. */
#include "tests/unit/unit.h"

#include "shell/input.h"

#include <sys/socket.h>
#include <unistd.h>

static int user[2], other[2], stop[2];
static struct input *in;

static void open_all(void)
{
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, user), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(other), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(stop), 0);
	in = input_new(user[0], stop[0], NULL, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	CU_ASSERT_EQUAL(write(other[1], "x", 1), 1);
}

static void close_all(void)
{
	input_free(in);
	for (int i = 0; i < 2; i++) {
		close(user[i]);
		close(other[i]);
		close(stop[i]);
	}
}

/* A host that sends without end does not keep its user from leaving it. */
static void test_typed_first(void)
{
	open_all();
	CU_ASSERT_EQUAL(input_wait(in, other[0], -1), INPUT_OTHER);
	CU_ASSERT_EQUAL(write(user[1], "\x1ex", 2), 2);
	CU_ASSERT_EQUAL(input_wait(in, other[0], -1), INPUT_BYTE);
	CU_ASSERT_EQUAL(input_byte(in), 0x1e);
	CU_ASSERT_EQUAL(input_byte(in), 'x');
	CU_ASSERT_EQUAL(input_wait(in, other[0], -1), INPUT_OTHER);
	close_all();
}

static void test_closed_first(void)
{
	open_all();
	CU_ASSERT_EQUAL(shutdown(user[1], SHUT_WR), 0);
	CU_ASSERT_EQUAL(input_wait(in, other[0], -1), INPUT_CLOSED);
	close_all();
	open_all();
	CU_ASSERT_EQUAL(write(stop[1], "x", 1), 1);
	CU_ASSERT_EQUAL(input_wait(in, other[0], -1), INPUT_CLOSED);
	close_all();
}

static const struct unit_test tests[] = {
	{ "what is typed comes first", test_typed_first },
	{ "so does the end", test_closed_first },
};
UNIT_MAIN("input", tests)

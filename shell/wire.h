/*
 * What `mainmode exec` and `mainmode attach` speak with the router over vty.sock. Integers in network byte order.
 *
 *   client: magic u32, kind u8, flags u8, rows u16, columns u16, count u16, then `count` lines: length u16, octets
 *           then frames: type u8, length u16, octets (attach: what is typed, a window's new size)
 *   router: frames likewise: output; the exit code, and it hangs up
 *
 * A client that ends its half of the stream has typed its last byte.
 */
#ifndef SHELL_WIRE_H
#define SHELL_WIRE_H

#define WIRE_MAGIC        0x4d4d7631 /* "MMv1" */
#define WIRE_HELLO_OCTETS 12
#define WIRE_FRAME_OCTETS 3
#define WIRE_LINES        1024 /* of one exec */
#define WIRE_LINE_OCTETS  4096
#define WIRE_FRAME_MOST   4096 /* octets of a frame */

#define WIRE_SOCKET "vty.sock"

enum wire_kind { WIRE_EXEC = 1, WIRE_ATTACH = 2 };
enum wire_flags { WIRE_QUIET = 1 };
enum wire_frame {
	WIRE_TYPED = 1,  /* octets as typed */
	WIRE_WINDOW = 2, /* rows u16, columns u16 */
	WIRE_OUTPUT = 3,
	WIRE_EXIT = 4, /* code u8 */
};

#endif

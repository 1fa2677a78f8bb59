/* Keys as terminals send them. */
#ifndef SHELL_KEYS_H
#define SHELL_KEYS_H

#define CTRL_KEY(letter) ((letter)&0x1f)
#define KEY_ESCAPE       0x1b
#define KEY_RUBOUT       0x7f
/* IOS's escape sequence begins with it; alone it interrupts. */
#define KEY_INTERRUPT CTRL_KEY('^')

#endif

/*
 * Lines of the two tables by which Wireshark decrypts: `esp_sa` and `ikev1_decryption_table`, as its profile folder and its
 * option -o take them. Names of algorithms are those of Wireshark 4.0, to the letter: it takes no others.
 */
#ifndef SHELL_UAT_H
#define SHELL_UAT_H

#include "esp/esp.h"

#define UAT_LINE_SIZE 512

/*
 * Without a line end; to be wiped. An SA in UDP is written without its addresses: on the other side of a NAT they are not
 * the same, and the SPI tells it apart. False: no such transform.
 */
bool uat_esp(const struct esp_sa *sa, char out[UAT_LINE_SIZE]);
/* False: the key is too long. */
bool uat_ikev1(const uint8_t icookie[8], const uint8_t *key, size_t octets, char out[UAT_LINE_SIZE]);

#endif

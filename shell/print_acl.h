/* Access lists as text. */
#ifndef SHELL_PRINT_ACL_H
#define SHELL_PRINT_ACL_H

#include "config/acl.h"

#define ACL_TEXT_SIZE 512

enum acl_style { ACL_STYLE_RUNNING, ACL_STYLE_SHOW };

/* "permit tcp any host 10.0.0.1 eq www": no sequence, no remark. Returns buf. */
const char *print_acl_entry(enum acl_kind kind, const struct acl_entry *e, enum acl_style style,
			    char buf[ACL_TEXT_SIZE]);

#endif

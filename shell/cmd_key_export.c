/* crypto export wireshark: keys of SAs in files, so that a capture can be read. Not IOS's. */
#include "shell/commands.h"
#include "shell/keyexport.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

static enum cmd_result set_export(struct session *s, const struct cmd_match *m)
{
	struct config_system *y = &session_config(s)->system;
	struct fs_url esp, ike, prefix;
	char name[FS_URL_SIZE + 16];

	if (cmd_is_no(m)) {
		y->key_export[0] = '\0';
		return CMD_OK;
	}
	if (!keyexport_file(cmd_text(m, "prefix"), KEYEXPORT_ESP, &esp) ||
	    !keyexport_file(cmd_text(m, "prefix"), KEYEXPORT_IKE, &ike) || !fs_parse(cmd_text(m, "prefix"), &prefix)) {
		session_refuse_at(s, m, "prefix", 0);
		return CMD_REJECTED;
	}
	fs_text_plain(&prefix, name, sizeof(name));
	if (strlen(name) >= sizeof(y->key_export)) {
		session_refuse_at(s, m, "prefix", 0);
		return CMD_REJECTED;
	}
	memcpy(y->key_export, name, strlen(name) + 1);
	if (session_kind(s) != SESSION_LOADER) {
		session_line(s, "Warning: the keys of all tunnels are written to flash:%s", esp.path);
		session_line(s, "and flash:%s: who has them reads the traffic.", ike.path);
	}
	return CMD_OK;
}

void write_key_export(struct out *o, const struct config *c)
{
	if (!*c->system.key_export)
		return;
	out_line(o, "crypto export wireshark %s", c->system.key_export);
	out_bangs(o, 1);
}

static const struct cmd cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { KW("crypto", "Encryption module"), KW("export", "Write keys to files, for captures to be read (mainmode)"),
	    KW("wireshark", "As tables of Wireshark: PREFIX.esp_sa and PREFIX.ikev1_decryption_table"),
	    WORD("prefix", "Beginning of the files' names, in flash:") },
	  set_export },
};

const struct cmd_table cmd_key_export_table = CMD_TABLE(cmds);

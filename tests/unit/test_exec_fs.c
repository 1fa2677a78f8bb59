/* copy, dir, more, delete, mkdir, rmdir, rename, cd, pwd, verify, show file systems: as typed, with their dialogs. */
#include "tests/unit/exec_rig.h"

static void test_copies(void)
{
	exec_begin();
	rig.input = "\r";
	rig_type(&rig, "copy running-config flash:backup");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "Destination filename [backup]? \r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, " bytes copied in 0."));
	rig_clear(&rig);
	rig.input = "\rn";
	TYPED("copy running-config flash:backup", "Destination filename [backup]? \n"
						  "%Warning:There is a file already existing with this name \n"
						  "Do you want to over write? [confirm]n\n");
	rig.input = "other\r";
	rig_type(&rig, "copy flash:backup flash:");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "Destination filename [backup]? other\r\n"
					       "Copy in progress...C\r\n"));
	rig_clear(&rig);
	rig.input = "\r";
	TYPED("copy flash:none startup-config", "Destination filename [startup-config]? \n"
						"%Error opening flash:none (No such file or directory)\n");
	put_file("flash:start", "hostname R9\nend\n");
	rig.input = "\r";
	rig_type(&rig, "copy flash:start start");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "[OK]\r\n16 bytes copied in "));
	rig_clear(&rig);
	TYPED("more nvram:startup-config", "hostname R9\nend\n");
	rig.input = "\r";
	rig_type(&rig, "copy start run");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "Destination filename [running-config]? \r\n16 bytes copied in "));
	CU_ASSERT_STRING_EQUAL(rig.shell.config->hostname, "R9");
	rig_clear(&rig);
	rig_type(&rig, "copy tftp://10.0.0.1/x flash:");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "% Invalid input detected"));
	exec_end();
}

static void test_quiet(void)
{
	exec_begin();
	rig_type(&rig, "configure terminal");
	rig_type(&rig, "file prompt quiet");
	rig_type(&rig, "end");
	rig_clear(&rig);
	TYPED("copy run start", "Building configuration...\n[OK]\n");
	rig_type(&rig, "copy run flash:x");
	rig_type(&rig, "copy run flash:x");
	CU_ASSERT_PTR_NULL(strchr(rig.out, '?'));
	rig_clear(&rig);
	TYPED("delete flash:x", "");
	TYPED("delete flash:x", "%Error deleting flash:x (No such file or directory)\n");
	exec_end();
}

static void test_folders(void)
{
	exec_begin();
	rig.input = "\r";
	TYPED("mkdir flash:d", "Create directory filename [d]? \nCreated dir flash:/d\n");
	rig.input = "\r";
	TYPED("mkdir d", "Create directory filename [d]? \n%Error Creating dir flash:d (File exists)\n");
	TYPED("cd flash:/d", "");
	TYPED("pwd", "flash:/d/\n");
	put_file("flash:d/x", "abc\n");
	TYPED("more x", "abc\n");
	TYPED("cd", "");
	TYPED("pwd", "flash:/\n");
	TYPED("cd none", "%Error changing dir flash:none (No such file or directory)\n");
	rig.input = "\r";
	TYPED("rename flash:d/x flash:y", "Destination filename [y]? \n");
	rig.input = "\r\r";
	TYPED("rmdir d", "Remove directory filename [d]? \nDelete flash:/d? [confirm]\nRemoved dir flash:/d\n");
	rig.input = "\rn";
	TYPED("delete y", "Delete filename [y]? \nDelete flash:/y? [confirm]n\n");
	TYPED("more y", "abc\n");
	put_file("flash:z", "z");
	rig.input = "\r\r";
	TYPED("delete y", "Delete filename [y]? \nDelete flash:/y? [confirm]\n");
	TYPED("delete /force z", "");
	rig_type(&rig, "dir");
	CU_ASSERT_NSTRING_EQUAL(rig.out, "R2#dir\r\nDirectory of flash:/\r\n\r\nNo files in directory\r\n\r\n", 57);
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, " bytes free)\r\n"));
	exec_end();
}

static void test_listing(void)
{
	char *line;

	exec_begin();
	put_file("flash:config.text", "hostname R2\n");
	rig.input = "\r";
	rig_type(&rig, "mkdir flash:backup");
	put_file("flash:backup/old", "x");
	rig_clear(&rig);
	rig_type(&rig, "dir flash:");
	line = strstr(rig.out, "    2  -rw-               12  ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, " +00:00  config.text\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "    1  drwx                0  "));
	rig_clear(&rig);
	rig_type(&rig, "dir /recursive");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "Directory of flash:/backup/\r\n"));
	rig_clear(&rig);
	TYPED("dir flash:none", "%Error opening flash:none (No such file or directory)\n");
	TYPED("delete /recursive /force flash:backup", "");
	TYPED("verify /md5 flash:config.text", ".Done!\nverify /md5 (flash:config.text) = "
					       "533465397f61db1284c820788c6f819b\n");
	TYPED("verify /md5 flash:config.text 533465397F61DB1284C820788C6F819B",
	      ".Done!\nVerified (flash:config.text) = 533465397f61db1284c820788c6f819b\n");
	rig_type(&rig, "verify /md5 flash:config.text 0123456789abcdef0123456789abcdef");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "%Error verifying flash:config.text\r\n"));
	rig_clear(&rig);
	rig_type(&rig, "show file systems");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "       Size(b)       Free(b)      Type  Flags  Prefixes\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "      disk     rw   flash0: flash:#\r\n"));
	rig_clear(&rig);
	rig_type(&rig, "show flash:");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "1           12 "));
	rig_clear(&rig);
	rig_type(&rig, "show flash");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "1           12 "));
	exec_end();
}

static const struct unit_test tests[] = {
	{ "copy and its questions", test_copies },
	{ "file prompt quiet asks nothing", test_quiet },
	{ "folders and names", test_folders },
	{ "dir, verify, show file systems", test_listing },
};

UNIT_MAIN("exec_fs", tests)

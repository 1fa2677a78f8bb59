#include "shell/session.h"

extern int shell_folder;

/* SPDX-License-Identifier: MIT */
/*
 * provision-web: the jailed role that speaks HTTPS. Accepts connections, sees no file. Started by provisiond
 * only; see role/role.h for its life.
 */
#include "web/web.h"

/* Connections (web.c), and what the store lends. */
#define FILES_MAX 10240

int
main(int argc, char **argv)
{
	static const struct role_spec spec = {
		.name = "web",
		.role = IPC_ROLE_WEB,
		.permits = ROLE_PERMIT_ACCEPT,
		.files_max = FILES_MAX,
		.open = web_open,
		.start = web_start,
		.attach = web_attach,
		.detach = web_detach,
		.reload = web_reload,
		.ticket = web_ticket,
		.stop = web_stop,
		.close = web_close,
	};
	return role_main(&spec, argc, argv);
}

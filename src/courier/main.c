/* SPDX-License-Identifier: MIT */
/*
 * provision-courier: brings mails to the relay. Connects out only; of the file system it sees the resolver's
 * files and the certificate authorities. Started by provisiond.
 */
#include "courier/courier.h"

static const struct role_path paths[] = {
	{ "/etc/resolv.conf", ROLE_RIGHT_READ },
	{ "/etc/hosts", ROLE_RIGHT_READ },
	{ "/etc/nsswitch.conf", ROLE_RIGHT_READ },
	{ "/etc/host.conf", ROLE_RIGHT_READ },
	{ "/etc/gai.conf", ROLE_RIGHT_READ },
	{ "/etc/services", ROLE_RIGHT_READ },
	{ NULL, 0 },
};

int
main(int argc, char **argv)
{
	static const struct role_spec spec = {
		.name = "courier",
		.role = IPC_ROLE_COURIER,
		/* The thread sends, so that the loop can answer the supervisor. */
		.permits = ROLE_PERMIT_CONNECT | ROLE_PERMIT_FILES_READ | ROLE_PERMIT_THREADS,
		.paths = paths,
		.files_max = 64,
		.open = courier_open,
		.start = courier_start,
		.attach = courier_attach,
		.detach = courier_detach,
		.reload = courier_reload,
		.stop = courier_stop,
		.close = courier_close,
	};
	return role_main(&spec, argc, argv);
}

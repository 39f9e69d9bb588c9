/* SPDX-License-Identifier: MIT */
/*
 * provision-store: the one process with the state directory and the master key. Started by provisiond.
 */
#include "role/role.h"
#include "store/process.h"

/* Files it holds open: the index, its logs, and one of every upload under way. */
#define FILES_MAX 8192

int
main(int argc, char **argv)
{
	static const struct role_spec spec = {
		.name = "store",
		.role = IPC_ROLE_STORE,
		.permits = ROLE_PERMIT_FILES_READ | ROLE_PERMIT_FILES_WRITE | ROLE_PERMIT_THREADS,
		.files_max = FILES_MAX,
		.open = store_process_open,
		.start = store_process_start,
		.attach = store_process_attach,
		.detach = store_process_detach,
		.reload = store_process_reload,
		.report = store_process_report,
		.stop = store_process_stop,
		.close = store_process_close,
	};
	return role_main(&spec, argc, argv);
}

/* SPDX-License-Identifier: MIT */
/*
 * Frames: sent and received intact, large ones and descriptors included; whatever breaks a rule is refused
 * and leaves no descriptor open.
 */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "ipc/blame.h"
#include "ipc/frame.h"
#include "ipc/wire.h"

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct pair {
	int web, store;
	struct buf memory;
	size_t open_before;
};

static int
setup(void **state)
{
	struct pair *p = mem_alloc(sizeof(*p));
	p->open_before = wire_open_fds();
	int fds[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	p->web = fds[0];
	p->store = fds[1];
	buf_init(&p->memory, IPC_FRAME_MEMORY);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct pair *p = *state;
	file_close(&p->web);
	file_close(&p->store);
	assert_int_equal(wire_open_fds(), p->open_before);
	buf_deinit(&p->memory);
	mem_free(&p);
	return 0;
}

static int
receive_at_store(struct pair *p, struct ipc_frame *f)
{
	return ipc_frame_receive(p->store, IPC_ROLE_STORE, IPC_ROLE_WEB, &p->memory, f);
}

static int
receive_at_web(struct pair *p, struct ipc_frame *f)
{
	return ipc_frame_receive(p->web, IPC_ROLE_WEB, IPC_ROLE_STORE, &p->memory, f);
}

static void
send_frame(int fd, const struct ipc_frame *f)
{
	struct ipc_packet packet;
	assert_int_equal(ipc_packet_init(&packet, f), ERR_OK);
	assert_int_equal(ipc_packet_send(fd, &packet), ERR_OK);
	ipc_packet_deinit(&packet);
}

static void
test_small(void **state)
{
	struct pair *p = *state;
	struct ipc_frame f;
	assert_int_equal(receive_at_store(p, &f), ERR_BUSY);
	send_frame(p->web, &(struct ipc_frame){ .row = ipc_message_find(IPC_COMPANY_GET), .id = UINT64_MAX - 1,
	    .payload = VIEW_LIT("payload") });
	assert_int_equal(receive_at_store(p, &f), ERR_OK);
	assert_int_equal(f.row->type, IPC_COMPANY_GET);
	assert_true(f.id == UINT64_MAX - 1);
	assert_false(f.is_reply);
	assert_true(view_equal_str(f.payload, "payload"));
	send_frame(p->store, &(struct ipc_frame){ .row = ipc_message_find(IPC_COMPANY_GET_REPLY), .is_reply = true,
	    .err = ERR_NOT_FOUND, .id = 7 });
	assert_int_equal(receive_at_web(p, &f), ERR_OK);
	assert_true(f.is_reply);
	assert_int_equal(f.err, ERR_NOT_FOUND);
	assert_int_equal(f.id, 7);
	file_close(&p->web);
	assert_int_equal(receive_at_store(p, &f), ERR_CLOSED);
}

static void
test_large_goes_by_memfd(void **state)
{
	struct pair *p = *state;
	size_t sizes[] = { IPC_FRAME_PAYLOAD_MAX, IPC_FRAME_PAYLOAD_MAX + 1, 4 << 20 };
	for (size_t i = 0; i < 3; i++) {
		uint8_t *bytes = mem_alloc(sizes[i]);
		for (size_t k = 0; k < sizes[i]; k++)
			bytes[k] = (uint8_t)(k * 31 >> 3);
		send_frame(p->web, &(struct ipc_frame){ .row = ipc_message_find(IPC_PACKAGE_FILES_PUT), .id = 1,
		    .payload = view_of(bytes, sizes[i]) });
		struct ipc_frame f;
		assert_int_equal(receive_at_store(p, &f), ERR_OK);
		assert_int_equal(f.fd_count, 0);
		assert_true(view_equal(f.payload, view_of(bytes, sizes[i])));
		mem_free(&bytes);
	}
}

static void
test_descriptors(void **state)
{
	struct pair *p = *state;
	int null = open("/dev/null", O_RDONLY);
	send_frame(p->store, &(struct ipc_frame){ .row = ipc_message_find(IPC_PART_OPEN_REPLY), .is_reply = true, .id = 1,
	    .payload = VIEW_LIT("x"), .fds = { null }, .fd_count = 1 });
	struct ipc_frame f;
	assert_int_equal(receive_at_web(p, &f), ERR_OK);
	assert_int_equal(f.fd_count, 1);
	assert_int_equal(fcntl(f.fds[0], F_GETFD), FD_CLOEXEC);
	ipc_frame_drop_fds(&f);
	/* an error has none */
	send_frame(p->store, &(struct ipc_frame){ .row = ipc_message_find(IPC_PART_OPEN_REPLY), .is_reply = true, .id = 2,
	    .err = ERR_DENIED });
	assert_int_equal(receive_at_web(p, &f), ERR_OK);
	assert_int_equal(f.fd_count, 0);
}

/* Heads that the table forbids, as the store sees them coming from web. */
static void
test_bad_heads(void **state)
{
	struct pair *p = *state;
	static const struct wire_head cases[] = {
		{ 0, 0, 0, 1 }, { IPC_TYPE_COUNT, 0, 0, 1 }, { 65535, 0, 0, 1 },
		{ IPC_COMPANY_ADD, 0, 0, 1 },                    /* provisionctl's, not web's */
		{ IPC_CONFIGURE, 0, 0, 1 },                      /* the supervisor's */
		{ IPC_MAIL_LEASE, 0, 0, 1 },                     /* the courier's */
		{ IPC_COMPANY_GET_REPLY, WIRE_REPLY, 0, 1 },     /* wrong direction */
		{ IPC_PACKAGE_CUT, 0, 0, 0 },
		{ IPC_COMPANY_GET, 0, 0, 0 },                    /* a request without id */
		{ IPC_COMPANY_GET, WIRE_REPLY, 0, 1 },           /* a request as a reply */
		{ IPC_COMPANY_GET, 4, 0, 1 }, { IPC_COMPANY_GET, 0x8000, 0, 1 },
		{ IPC_COMPANY_GET, 0, ERR_DENIED, 1 },           /* a request with an error */
		{ IPC_COMPANY_GET, 0, 1, 1 },
		{ IPC_COMPANY_GET, WIRE_MEMFD, 0, 1 },           /* memfd promised, none there */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ipc_frame f;
		wire_send(p->web, cases[i], "", 0, NULL, 0);
		assert_int_equal(receive_at_store(p, &f), ERR_SYNTAX);
	}
}

static void
test_bad_replies(void **state)
{
	struct pair *p = *state;
	static const struct wire_head cases[] = {
		{ IPC_EMPTY, 0, 0, 1 }, { IPC_EMPTY, WIRE_REPLY, 0, 0 }, { IPC_EMPTY, WIRE_REPLY, 5, 1 },
		{ IPC_EMPTY, WIRE_REPLY, ERR_LAST, 1 }, { IPC_EMPTY, WIRE_REPLY, -1000000, 1 },
		{ IPC_PART_OPEN_REPLY, WIRE_REPLY, 0, 1 },       /* its descriptor is missing */
		{ IPC_PACKAGE_CUT, 0, 0, 3 }, { IPC_PACKAGE_CUT, WIRE_REPLY, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ipc_frame f;
		wire_send(p->store, cases[i], "", 0, NULL, 0);
		assert_int_equal(receive_at_web(p, &f), ERR_SYNTAX);
	}
	struct ipc_frame f;
	/* with an error comes only the name of a field ... */
	static const char *const texts[] = { "Payload", "pay load", "pay-load", "payload\n",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		wire_send(p->store, (struct wire_head){ IPC_UPLOAD_REPLY, WIRE_REPLY, ERR_BUSY, 1 }, texts[i], strlen(texts[i]), NULL, 0);
		assert_int_equal(receive_at_web(p, &f), ERR_SYNTAX);
	}
	wire_send(p->store, (struct wire_head){ IPC_EMPTY, WIRE_REPLY, ERR_TRUST, 1 }, "header_2", 8, NULL, 0);
	assert_int_equal(receive_at_web(p, &f), 0);
	assert_true(f.err == ERR_TRUST && view_equal_str(f.payload, "header_2"));
	/* and what is used of a limit: exactly so many bytes, and the limit is not 0 */
	static const char numbers[] = "bytes\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\1\2";
	for (size_t n = 5; n < sizeof(numbers); n++) {
		wire_send(p->store, (struct wire_head){ IPC_EMPTY, WIRE_REPLY, ERR_FULL, 1 }, numbers, n, NULL, 0);
		assert_int_equal(receive_at_web(p, &f), n == 5 || n == 22 ? 0 : ERR_SYNTAX);
	}
	struct ipc_blame blame;
	assert_int_equal(ipc_blame_parse(view_of(numbers, 22), &blame), 0);
	assert_true(blame.limit == 3 && blame.used == 258);
	assert_string_equal(blame.field, "bytes");
	wire_send(p->store, (struct wire_head){ IPC_EMPTY, WIRE_REPLY, ERR_FULL, 1 }, "bytes\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 22, NULL, 0);
	assert_int_equal(receive_at_web(p, &f), ERR_SYNTAX);
}

static void
test_surplus_descriptors(void **state)
{
	struct pair *p = *state;
	int fds[20];
	for (int i = 0; i < 20; i++)
		fds[i] = open("/dev/null", O_RDONLY);
	size_t before = wire_open_fds();
	static const size_t counts[] = { 1, 2, IPC_FDS_MAX, IPC_FDS_MAX + 1, 19 };
	for (size_t i = 0; i < 5; i++) {
		struct ipc_frame f;
		wire_send(p->web, (struct wire_head){ IPC_COMPANY_GET, 0, 0, 1 }, "", 0, fds, counts[i]);
		assert_int_equal(receive_at_store(p, &f), ERR_SYNTAX);
		assert_int_equal(f.fd_count, 0);
		assert_int_equal(wire_open_fds(), before);
		wire_send(p->store, (struct wire_head){ IPC_PART_OPEN_REPLY, WIRE_REPLY, 0, 1 }, "x", 1, fds, counts[i] + 1);
		assert_int_equal(receive_at_web(p, &f), ERR_SYNTAX);
		assert_int_equal(wire_open_fds(), before);
	}
	for (int i = 0; i < 20; i++)
		file_close(&fds[i]);
}

static void
test_bad_memfds(void **state)
{
	struct pair *p = *state;
	const struct wire_head h = { IPC_PACKAGE_FILES_PUT, WIRE_MEMFD, 0, 1 };
	size_t large = IPC_FRAME_PAYLOAD_MAX + 1;
	int bad[] = {
		wire_memfd(large, 1, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),   /* could still be written */
		wire_memfd(large, 1, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SEAL),
		wire_memfd(large, 1, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
		wire_memfd(IPC_FRAME_PAYLOAD_MAX, 1, ALL_SEALS),                   /* would have fitted */
		wire_memfd(0, 1, ALL_SEALS),
		wire_memfd(6 << 20, 1, ALL_SEALS),                                 /* beyond the row */
		open("/dev/zero", O_RDONLY), open("/proc/self/status", O_RDONLY),
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ipc_frame f;
		wire_send(p->web, h, "", 0, &bad[i], 1);
		assert_int_equal(receive_at_store(p, &f), ERR_SYNTAX);
		file_close(&bad[i]);
	}
	struct ipc_frame f;
	int good = wire_memfd(large, 7, ALL_SEALS);
	wire_send(p->web, h, "", 0, &good, 1);
	assert_int_equal(receive_at_store(p, &f), ERR_OK);
	assert_int_equal(f.payload.len, large);
	wire_send(p->web, h, "both", 4, &good, 1);
	assert_int_equal(receive_at_store(p, &f), ERR_SYNTAX);
	/* a type whose row is smaller than any memfd */
	wire_send(p->web, (struct wire_head){ IPC_COMPANY_GET, WIRE_MEMFD, 0, 1 }, "", 0, &good, 1);
	assert_int_equal(receive_at_store(p, &f), ERR_SYNTAX);
	file_close(&good);
}

static void
test_bad_sizes(void **state)
{
	struct pair *p = *state;
	struct ipc_frame f;
	static uint8_t bytes[IPC_FRAME_PAYLOAD_MAX + 4096];
	for (size_t n = 1; n < IPC_FRAME_HEAD_BYTES; n++) {
		wire_send_raw(p->web, bytes, n);
		assert_int_equal(receive_at_store(p, &f), ERR_SYNTAX);
	}
	wire_send(p->web, (struct wire_head){ IPC_COMPANY_GET, 0, 0, 1 }, bytes, 2000, NULL, 0);
	assert_int_equal(receive_at_store(p, &f), ERR_SYNTAX);
	/* a datagram that does not fit is truncated by the kernel */
	wire_send(p->web, (struct wire_head){ IPC_PACKAGE_FILES_PUT, 0, 0, 1 }, bytes, sizeof(bytes), NULL, 0);
	assert_int_equal(receive_at_store(p, &f), ERR_SYNTAX);
	int null = open("/dev/null", O_RDONLY);
	wire_send(p->web, (struct wire_head){ IPC_PACKAGE_FILES_PUT, 0, 0, 1 }, bytes, sizeof(bytes), &null, 1);
	assert_int_equal(receive_at_store(p, &f), ERR_SYNTAX);
	file_close(&null);
	/* an empty datagram is the end */
	wire_send_raw(p->web, bytes, 0);
	assert_int_equal(receive_at_store(p, &f), ERR_CLOSED);
}

/* What a peer said before it died, with frames it had not read, still arrives. */
static void
test_last_words(void **state)
{
	struct pair *p = *state;
	struct ipc_frame f;
	wire_send(p->store, (struct wire_head){ IPC_EMPTY, WIRE_REPLY, 0, 1 }, "", 0, NULL, 0);
	wire_send(p->web, (struct wire_head){ IPC_COMPANY_GET, 0, 0, 9 }, "", 0, NULL, 0);
	file_close(&p->web);
	assert_int_equal(receive_at_store(p, &f), ERR_OK);
	assert_int_equal(f.id, 9);
	assert_int_equal(receive_at_store(p, &f), ERR_CLOSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_small, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large_goes_by_memfd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_heads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_replies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_surplus_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_memfds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_words, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

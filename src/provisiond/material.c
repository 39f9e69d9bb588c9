/* SPDX-License-Identifier: MIT */
/*
 * Puts together what the processes get of keys, certificates and passwords, and says in one sentence what is wrong with
 * them. Must not know processes. Called at start, at a reload, and by --check-config.
 */
#include "config.h"

#include "provisiond/material.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "crypt/random.h"
#include "event/tls.h"
#include "launch/keyfile.h"

#define CERTIFICATE_MAX 65536
#define CERTIFICATE_KEY_MAX 16384
#define PASSWORD_MAX 254
#define EXPIRY_WARNING_MS (14 * CLOCK_DAY_MS)

static int
read_certificate(const struct conf *conf, struct material *m, struct problem *p)
{
	const struct keyfile chain = { "certificate_file", conf->certificate_file, 1, CERTIFICATE_MAX, 0 };
	const struct keyfile key = { "private_key_file", conf->private_key_file, 1, CERTIFICATE_KEY_MAX, S_IRWXO | S_IWGRP };
	int err = keyfile_read(&chain, &m->secrets[ROLE_SECRET_CERTIFICATE], p);
	if (err == ERR_OK)
		err = keyfile_read(&key, &m->secrets[ROLE_SECRET_CERTIFICATE_KEY], p);
	if (err != ERR_OK)
		return err;
	struct event_tls_credentials *c = NULL;
	err = event_tls_credentials_new_server(secret_view(m->secrets[ROLE_SECRET_CERTIFICATE]),
	    secret_view(m->secrets[ROLE_SECRET_CERTIFICATE_KEY]), &c);
	if (err == ERR_TRUST)
		return problem_set(p, EX_CONFIG, "private_key_file: %s is not the key of the certificate in %s", key.path, chain.path);
	if (err != ERR_OK)
		return problem_set(p, EX_CONFIG, "certificate_file, private_key_file: %s and %s are not a PEM certificate chain and key",
		    chain.path, key.path);
	m->certificate_expires_ms = event_tls_credentials_expires_ms(c);
	event_tls_credentials_free(&c);
	if (m->certificate_expires_ms < clock_wall_ms() + EXPIRY_WARNING_MS)
		log_event(LOG_WARNING, "certificate-expires", LOG_S("file", chain.path),
		    LOG_I("days", ((int64_t)m->certificate_expires_ms - (int64_t)clock_wall_ms()) / (int64_t)CLOCK_DAY_MS));
	return ERR_OK;
}

/* One line; its end is left out. */
static int
read_password(const struct conf *conf, struct material *m, struct problem *p)
{
	if (conf->relay_password_file == NULL)
		return ERR_OK;
	const struct keyfile w = { "relay_password_file", conf->relay_password_file, 1, PASSWORD_MAX + 2, S_IRWXO | S_IWGRP };
	struct secret *whole = NULL;
	int err = keyfile_read(&w, &whole, p);
	if (err != ERR_OK)
		return err;
	struct view v = secret_view(whole);
	if (v.len != 0 && v.data[v.len - 1] == '\n')
		v.len--;
	if (v.len != 0 && v.data[v.len - 1] == '\r')
		v.len--;
	bool is_good = v.len != 0 && v.len <= PASSWORD_MAX && view_find(v, '\n') == v.len && view_find(v, '\r') == v.len &&
	    view_find(v, 0) == v.len;
	if (is_good)
		m->secrets[ROLE_SECRET_RELAY_PASSWORD] = secret_from_view(v);
	else
		err = problem_set(p, EX_CONFIG, "relay_password_file: %s does not hold one line of 1 to %d bytes", w.path, PASSWORD_MAX);
	secret_free(&whole);
	return err;
}

int
material_read(const struct conf *conf, bool is_reload, struct material *m_r, struct problem *p)
{
	*m_r = (struct material){ .certificate_expires_ms = 0 };
	int err = read_certificate(conf, m_r, p);
	if (err == ERR_OK)
		err = read_password(conf, m_r, p);
	if (err == ERR_OK && !is_reload)
		err = keyfile_read_masters(conf, &m_r->secrets[ROLE_SECRET_MASTER_KEY], &m_r->secrets[ROLE_SECRET_NEXT_MASTER_KEY], p);
	if (err == ERR_OK && !is_reload)
		m_r->secrets[ROLE_SECRET_TICKET_KEY] = secret_random(EVENT_TLS_TICKET_KEY_BYTES);
	if (err != ERR_OK)
		material_deinit(m_r);
	return err;
}

void
material_deinit(struct material *m)
{
	for (size_t i = 0; i < ROLE_SECRET_COUNT; i++)
		secret_free(&m->secrets[i]);
}

int
material_make_master_key(const char *path, struct problem *p)
{
	uint8_t key[KEYFILE_MASTER_KEY_BYTES];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return problem_set(p, err_exit_code(err_from_errno(errno)), "cannot make \"%s\": %s", path, strerror(errno));
	crypt_random(key, sizeof(key));
	bool is_written = file_write_full(fd, key, sizeof(key)) == ERR_OK && fsync(fd) == 0;
	int saved = errno;
	secret_wipe(key, sizeof(key));
	file_close(&fd);
	if (is_written)
		return ERR_OK;
	/* nothing half-made stays */
	(void)unlink(path);
	return problem_set(p, err_exit_code(err_from_errno(saved)), "cannot write %s: %s", path, strerror(saved));
}

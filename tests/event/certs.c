/* SPDX-License-Identifier: MIT */
/*
 * Test certificates through GnuTLS. For tests only: every step must work or the test program stops.
 */
#include "event/certs.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"

static gnutls_x509_privkey_t
make_key(void)
{
	gnutls_x509_privkey_t key;
	require(gnutls_x509_privkey_init(&key) == 0);
	require(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) == 0);
	return key;
}

static gnutls_x509_crt_t
make_crt(gnutls_x509_privkey_t key, const char *name, int64_t from_s, int64_t to_s)
{
	gnutls_x509_crt_t crt;
	static uint8_t serial[8] = { 1 };
	serial[7]++;
	require(gnutls_x509_crt_init(&crt) == 0);
	require(gnutls_x509_crt_set_version(crt, 3) == 0);
	require(gnutls_x509_crt_set_serial(crt, serial, sizeof(serial)) == 0);
	require(gnutls_x509_crt_set_key(crt, key) == 0);
	require(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name)) == 0);
	require(gnutls_x509_crt_set_activation_time(crt, time(NULL) + from_s) == 0);
	require(gnutls_x509_crt_set_expiration_time(crt, time(NULL) + to_s) == 0);
	return crt;
}

static void
export(struct certs *out, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	size_t n = sizeof(out->cert) - 1;
	memset(out, 0, sizeof(*out));
	require(gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_PEM, out->cert, &n) == 0);
	n = sizeof(out->key) - 1;
	require(gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, out->key, &n) == 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

void
certs_make_authority(struct certs *ca, const char *name)
{
	gnutls_x509_privkey_t key = make_key();
	gnutls_x509_crt_t crt = make_crt(key, name, -3600, 86400);
	require(gnutls_x509_crt_set_basic_constraints(crt, 1, -1) == 0);
	require(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN) == 0);
	require(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) == 0);
	export(ca, crt, key);
}

static void
set_host(gnutls_x509_crt_t crt, const char *host)
{
	uint8_t ip[4];
	if (inet_pton(AF_INET, host, ip) == 1)
		require(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, ip, sizeof(ip), GNUTLS_FSAN_SET) == 0);
	else
		require(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, host, (unsigned)strlen(host), GNUTLS_FSAN_SET) == 0);
}

void
certs_make_leaf(struct certs *leaf, const struct certs *ca, const char *host, int64_t from_s, int64_t to_s)
{
	gnutls_x509_privkey_t key = make_key();
	gnutls_x509_crt_t crt = make_crt(key, "leaf", from_s, to_s);
	require(gnutls_x509_crt_set_basic_constraints(crt, 0, -1) == 0);
	require(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE) == 0);
	require(gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0) == 0);
	set_host(crt, host);
	if (ca == NULL) {
		require(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) == 0);
	} else {
		gnutls_x509_crt_t ca_crt;
		gnutls_x509_privkey_t ca_key;
		gnutls_datum_t cert_pem = { (unsigned char *)(uintptr_t)ca->cert, (unsigned)strlen(ca->cert) };
		gnutls_datum_t key_pem = { (unsigned char *)(uintptr_t)ca->key, (unsigned)strlen(ca->key) };
		require(gnutls_x509_crt_init(&ca_crt) == 0 && gnutls_x509_privkey_init(&ca_key) == 0);
		require(gnutls_x509_crt_import(ca_crt, &cert_pem, GNUTLS_X509_FMT_PEM) == 0);
		require(gnutls_x509_privkey_import(ca_key, &key_pem, GNUTLS_X509_FMT_PEM) == 0);
		require(gnutls_x509_crt_sign2(crt, ca_crt, ca_key, GNUTLS_DIG_SHA256, 0) == 0);
		gnutls_x509_crt_deinit(ca_crt);
		gnutls_x509_privkey_deinit(ca_key);
	}
	export(leaf, crt, key);
}

struct view
certs_cert(const struct certs *c)
{
	return view_str(c->cert);
}

struct view
certs_key(const struct certs *c)
{
	return view_str(c->key);
}

void
certs_write(const struct certs *c, const char *dir, const char *name)
{
	char file[256];
	int fd = -1;
	require(file_open_dir(AT_FDCWD, dir, &fd) == 0);
	snprintf(file, sizeof(file), "%s.crt", name);
	require(file_replace(fd, file, certs_cert(c), 0600, FILE_SCRATCH) == 0);
	snprintf(file, sizeof(file), "%s.key", name);
	require(file_replace(fd, file, certs_key(c), 0600, FILE_SCRATCH) == 0);
	file_close(&fd);
}

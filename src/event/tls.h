/* SPDX-License-Identifier: MIT */
/*
 * TLS credentials, made from bytes in memory (a jailed role opens no file). An object is immutable except
 * for the ticket key and shared by reference: a reload makes a new object for new connections, those that
 * exist keep theirs. TLS 1.2 and 1.3, ECDHE, AEAD only, AES-GCM before ChaCha20-Poly1305.
 */
#ifndef EVENT_TLS_H
#define EVENT_TLS_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define EVENT_TLS_TICKET_KEY_BYTES 64
#define EVENT_TLS_TICKET_LIFE_S (12 * 3600)

struct event_tls_credentials;

/*
 * For servers: the certificate chain (leaf first) and its private key, both PEM, borrowed for the call.
 * ERR_SYNTAX: not PEM or not a certificate or key. ERR_TRUST: the key does not belong to the leaf.
 */
int event_tls_credentials_new_server(struct view chain_pem, struct view key_pem,
    struct event_tls_credentials **c_r) ERR_CHECK;
/* For clients: the authorities that are trusted, PEM. ERR_SYNTAX: none in it. */
int event_tls_credentials_new_client(struct view ca_pem, struct event_tls_credentials **c_r) ERR_CHECK;
/* One more owner. */
struct event_tls_credentials *event_tls_credentials_ref(struct event_tls_credentials *c);
/* Gives up one ownership, clears *c, accepts NULL; the last one frees and wipes. */
void event_tls_credentials_free(struct event_tls_credentials **c);
/*
 * Session tickets under this key (EVENT_TLS_TICKET_KEY_BYTES random bytes, copied) from now on; the same key in several
 * processes lets them resume each other's sessions. Without a key there are no tickets. crypt_init() has been called.
 */
void event_tls_credentials_set_ticket_key(struct event_tls_credentials *c, struct view key);
/* End of validity of the leaf (server), wall time in ms; 0 for client credentials. */
uint64_t event_tls_credentials_expires_ms(const struct event_tls_credentials *c);
/* First DNS name of the leaf for the log; "" when there is none. */
const char *event_tls_credentials_name(const struct event_tls_credentials *c);

#endif

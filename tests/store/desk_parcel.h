/* SPDX-License-Identifier: MIT */
/*
 * Real packages for the desk: made by the package library, brought up part by part, fetched, opened, receipted.
 */
#ifndef TESTS_STORE_DESK_PARCEL_H
#define TESTS_STORE_DESK_PARCEL_H

#include "package/identity.h"
#include "package/writer.h"
#include "store/desk.h"

#define PARCEL_FILES 3U
#define PARCEL_NAME "Übergabe 2026/Rechnung €.pdf"
#define PARCEL_COMMENT "bitte bis Freitag prüfen"
#define PARCEL_KEPT "sealed to the author"
#define PARCEL_KEPT_TOO "sealed to the receiver"
#define PARCEL_CONTENT "contents nobody but the two may read"

struct desk_parcel {
	struct id package, subscription;
	const struct person *from, *to;       /* who signs; who receives: the customer, or a member */
	const struct firm *firm;
	bool from_company;
	struct package_writer *writer;
	struct package_sender sender;
	struct package_recipient recipient;
	uint64_t sequence;
	struct view parts[3];                 /* manifest, body, seal */
	struct buf body, seal;
};

/* A package of a folder with a file in it and an empty file; nothing is asked yet. */
void desk_parcel_init(struct desk_parcel *p, const struct person *from, const struct person *to, const struct firm *firm,
    const struct id *subscription, bool from_company);
void desk_parcel_init_as(struct desk_parcel *p, const struct person *from, const struct person *to, const struct firm *firm,
    const struct id *subscription, bool from_company, const struct id *package);
void desk_parcel_deinit(struct desk_parcel *p);

Provision__PackageCreate *desk_parcel_creation(struct desk *d, const struct desk_parcel *p);
/* Creates; makes body and seal with the sequence number of the answer. */
int desk_parcel_create(struct desk *d, struct desk_parcel *p);
void desk_parcel_seal(struct desk *d, struct desk_parcel *p, uint64_t sequence);
/* All file records as page 0. */
Provision__PackageFilesPut *desk_parcel_page(struct desk *d, const struct desk_parcel *p);
int desk_upload_create(struct desk *d, const struct person *who, const struct id *package, unsigned part, uint64_t length,
    Provision__UploadReply **reply_r);
int desk_upload_open(struct desk *d, const struct person *who, ProtobufCBinaryData upload, uint64_t offset);
int desk_upload_get(struct desk *d, const struct person *who, ProtobufCBinaryData upload, Provision__UploadReply **reply_r);
int desk_upload_close(struct desk *d, const struct person *who, ProtobufCBinaryData upload,
    Provision__UploadReply **reply_r);
/* Opens at offset, writes, closes: the durable offset is the answer. */
uint64_t desk_upload_write(struct desk *d, const struct person *who, ProtobufCBinaryData upload, uint64_t offset,
    struct view bytes);
/* One part in one go. */
void desk_parcel_part(struct desk *d, const struct desk_parcel *p, unsigned part);
/* With PARCEL_KEPT as what its author keeps; the receiver of desk_parcel_receive() keeps PARCEL_KEPT_TOO. */
int desk_parcel_complete(struct desk *d, const struct desk_parcel *p);
/* Everything from creating to completing. */
void desk_parcel_send(struct desk *d, struct desk_parcel *p);

int desk_parcel_get(struct desk *d, const struct person *who, const struct id *package, Provision__PackageGetReply **reply_r);
int desk_part_open(struct desk *d, const struct person *who, const struct id *package, unsigned part);
/* What comes through the descriptor of the last reply; in the desk's arena. */
struct view desk_read(struct desk *d);
/* Fetches and opens the package as its recipient; the receipt is in the desk's arena. */
struct view desk_parcel_fetch(struct desk *d, const struct desk_parcel *p);
int desk_parcel_receive(struct desk *d, const struct person *who, const struct id *package, struct view receipt);
int desk_inbox(struct desk *d, const struct person *who, const char *slug, bool outgoing, Provision__InboxListReply **reply_r);

#endif

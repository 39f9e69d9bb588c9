/* SPDX-License-Identifier: MIT */
/*
 * Counted snapshots of the settings. Owns their copies; knows no option.
 */
#include "store/settings.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "crypt/secret.h"

struct snapshot {
	struct store_settings public;
	atomic_uint holders;
	struct conf *conf;
	struct secret *relay_password;
};

struct store_settings_box {
	pthread_mutex_t lock;
	struct snapshot *now;
};

static struct conf *
copy_conf(const struct conf *conf)
{
	struct conf *copy = NULL;
	struct buf record;
	buf_init(&record, CONF_RECORD_MAX);
	require(conf_encode(conf, CONF_ROLE_STORE, &record) == 0);
	require(conf_decode(buf_view(&record), &copy) == 0);
	buf_deinit(&record);
	return copy;
}

static struct snapshot *
snapshot_new(const struct conf *conf, const struct secret *relay_password)
{
	struct snapshot *s = mem_alloc(sizeof(*s));
	s->conf = conf == NULL ? NULL : copy_conf(conf);
	s->relay_password = relay_password == NULL ? NULL : secret_copy(relay_password);
	s->public = (struct store_settings){ s->conf, s->relay_password };
	s->holders = 1;
	return s;
}

static void
snapshot_put(struct snapshot *s)
{
	if (atomic_fetch_sub(&s->holders, 1) != 1)
		return;
	conf_free(&s->conf);
	secret_free(&s->relay_password);
	mem_free(&s);
}

struct store_settings_box *
store_settings_new(const struct conf *conf, const struct secret *relay_password)
{
	struct store_settings_box *box = mem_alloc(sizeof(*box));
	require(pthread_mutex_init(&box->lock, NULL) == 0);
	box->now = snapshot_new(conf, relay_password);
	return box;
}

void
store_settings_free(struct store_settings_box **box)
{
	if (*box == NULL)
		return;
	require((*box)->now->holders == 1);
	snapshot_put((*box)->now);
	pthread_mutex_destroy(&(*box)->lock);
	mem_free(box);
}

void
store_settings_replace(struct store_settings_box *box, const struct conf *conf, const struct secret *relay_password)
{
	struct snapshot *next = snapshot_new(conf, relay_password);
	pthread_mutex_lock(&box->lock);
	struct snapshot *before = box->now;
	box->now = next;
	pthread_mutex_unlock(&box->lock);
	snapshot_put(before);
}

const struct store_settings *
store_settings_get(struct store_settings_box *box)
{
	pthread_mutex_lock(&box->lock);
	struct snapshot *s = box->now;
	atomic_fetch_add(&s->holders, 1);
	pthread_mutex_unlock(&box->lock);
	return &s->public;
}

void
store_settings_put(struct store_settings_box *box, const struct store_settings **settings)
{
	(void)box;
	if (*settings == NULL)
		return;
	/* the public part stands first in its snapshot */
	snapshot_put((struct snapshot *)(uintptr_t)*settings);
	*settings = NULL;
}

_Static_assert(offsetof(struct snapshot, public) == 0, "a snapshot begins with its public part");

/* SPDX-License-Identifier: MIT */
/*
 * libcurl, and nothing else of api/ includes it. One easy handle whose connection is kept between exchanges. Knows HTTP,
 * not the API's operations; what may be tried again is decided above.
 */
#include "config.h"

#include "api/transfer.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypt/secret.h"

#define CONNECT_TIMEOUT_S 10L
/* Slower than this for so long counts as broken. */
#define LOW_SPEED_BYTES 16L
#define LOW_SPEED_S 45L
#define RECEIVE_BYTES 262144L
#define SEND_BYTES 262144L

struct api_transport {
	CURL *curl;
	char *url;
	char *ca_file;
	char *proxy;
	bool (*is_stopped)(void);
	struct secret *authorization;    /* "Authorization: Bearer ...", NUL-terminated; NULL: no session */
	char reason[CURL_ERROR_SIZE];
};

/* One exchange while libcurl calls back. */
struct exchange {
	struct api_transport *transport;
	const struct api_request *request;
	struct api_answer *answer;
	struct view unsent;              /* of request->body */
	uint64_t heard_ms;               /* when a stream last said something */
	int err;                         /* of a callback of ours */
};

/* --- callbacks */

static size_t
on_read(char *out, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	size_t max = size * n, got = 0;
	if (x->request->read != NULL) {
		x->err = x->request->read(x->request->arg, out, max, &got);
		return x->err != 0 ? CURL_READFUNC_ABORT : got;
	}
	got = x->unsent.len < max ? x->unsent.len : max;
	if (got > 0)
		memcpy(out, x->unsent.data, got);
	x->unsent = view_slice(x->unsent, got, x->unsent.len);
	return got;
}

static int
on_seek(void *arg, curl_off_t offset, int origin)
{
	struct exchange *x = arg;
	if (x->request->read != NULL || origin != SEEK_SET || offset < 0)
		return CURL_SEEKFUNC_FAIL;
	x->unsent = view_slice(x->request->body, (size_t)offset, x->request->body.len);
	return CURL_SEEKFUNC_OK;
}

/* 200 where a range was asked for: the part is not what it was before. */
static int
take_range(struct exchange *x, long status, struct view v)
{
	const struct api_request *r = x->request;
	if (status == 200)
		return ERR_TRUST;
	if (!x->answer->has_range || x->answer->range_first != r->range_first)
		return ERR_SYNTAX;
	return r->write(r->arg, v);
}

static size_t
on_write(char *bytes, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	long status = 0;
	struct view v = view_of(bytes, size * n);
	curl_easy_getinfo(x->transport->curl, CURLINFO_RESPONSE_CODE, &status);
	x->heard_ms = clock_mono_ms();
	if (x->request->stream != NULL && status == 200)
		x->err = x->request->stream(x->request->arg, v);
	else if (x->request->write != NULL && (status == 200 || status == 206))
		x->err = take_range(x, status, v);
	else
		x->err = buf_append_view(&x->answer->body, v);
	return x->err != 0 ? 0 : v.len;
}

static void
keep(char *out, struct view value)
{
	if (value.len < API_FIELD_MAX && !text_has_control(value)) {
		memcpy(out, value.data, value.len);
		out[value.len] = '\0';
	}
}

static struct view
trim(struct view v)
{
	while (v.len > 0 && (v.data[0] == ' ' || v.data[0] == '\t'))
		v = view_slice(v, 1, v.len);
	while (v.len > 0 && (v.data[v.len - 1] == '\n' || v.data[v.len - 1] == '\r' || v.data[v.len - 1] == ' '))
		v.len--;
	return v;
}

/* "bytes FIRST-LAST/SIZE" */
static void
keep_range(struct api_answer *a, struct view value)
{
	static const char unit[] = "bytes ";
	struct view range = view_slice(value, sizeof(unit) - 1, value.len);
	if (view_starts(value, view_str(unit)) && text_u64(view_slice(range, 0, view_find(range, '-')), UINT64_MAX, &a->range_first) == 0)
		a->has_range = true;
}

static size_t
on_header(char *line, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	struct view v = view_of(line, size * n);
	size_t colon = view_find(v, ':');
	struct view name = view_slice(v, 0, colon), value = trim(view_slice(v, colon + 1, v.len));
	uint64_t number = 0;
	if (view_equal_nocase(name, VIEW_LIT("location")))
		keep(x->answer->location, value);
	else if (view_equal_nocase(name, VIEW_LIT("etag")))
		keep(x->answer->etag, value);
	else if (view_equal_nocase(name, VIEW_LIT("content-range")))
		keep_range(x->answer, value);
	else if (view_equal_nocase(name, VIEW_LIT("retry-after")) && text_u64(value, 3600, &number) == 0)
		x->answer->retry_after_ms = (uint32_t)number * 1000;
	else if (view_equal_nocase(name, VIEW_LIT("upload-offset")) && text_u64(value, UINT64_MAX, &number) == 0) {
		x->answer->upload_offset = number;
		x->answer->has_upload_offset = true;
	}
	return v.len;
}

static int
on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	struct exchange *x = arg;
	(void)dltotal, (void)dlnow, (void)ultotal, (void)ulnow;
	if (x->transport->is_stopped != NULL && x->transport->is_stopped())
		x->err = ERR_CLOSED;
	bool is_silent = x->request->stream != NULL && clock_mono_ms() >= x->heard_ms + API_SILENCE_MS;
	return x->err != 0 || is_silent;
}

/* --- the handle */

static void
set_common(struct api_transport *t)
{
	CURL *c = t->curl;
	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	if (t->ca_file != NULL) {
		curl_easy_setopt(c, CURLOPT_CAINFO, t->ca_file);
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	curl_easy_setopt(c, CURLOPT_PROXY, t->proxy == NULL ? "" : t->proxy);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, LOW_SPEED_S);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
	curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BYTES);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "provision/" PACKAGE_VERSION);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->reason);
	t->reason[0] = '\0';
}

static void
set_body(CURL *c, const struct api_request *r)
{
	bool has_body = r->content_type != NULL;
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, http_head_method_name(r->method));
	if (r->method == HTTP_HEAD)
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	if (!has_body)
		return;
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)(r->read != NULL ? r->length : r->body.len));
}

static struct curl_slist *
make_fields(const struct api_transport *t, const struct api_request *r)
{
	/* no "Expect: 100-continue": it costs a round trip, and a refused upload ends the connection anyway */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	char type[128];
	if (r->content_type != NULL) {
		snprintf(type, sizeof(type), "Content-Type: %s", r->content_type);
		list = curl_slist_append(list, type);
	}
	if (t->authorization != NULL)
		list = curl_slist_append(list, (const char *)secret_view(t->authorization).data);
	for (const char *const *f = r->fields; f != NULL && *f != NULL; f++)
		list = curl_slist_append(list, *f);
	require(list != NULL);
	return list;
}

/* libcurl's list held the session token. */
static void
free_fields(struct curl_slist *list)
{
	for (struct curl_slist *s = list; s != NULL; s = s->next)
		secret_wipe(s->data, strlen(s->data));
	curl_slist_free_all(list);
}

static int
err_of(CURLcode code)
{
	static const struct {
		CURLcode code;
		int err;
	} table[] = {
		{ CURLE_PEER_FAILED_VERIFICATION, ERR_TRUST },
		{ CURLE_SSL_CACERT_BADFILE, ERR_CONFIG },
		{ CURLE_SSL_ISSUER_ERROR, ERR_TRUST },
		{ CURLE_UNSUPPORTED_PROTOCOL, ERR_SYNTAX },
		{ CURLE_URL_MALFORMAT, ERR_SYNTAX },
		{ CURLE_WEIRD_SERVER_REPLY, ERR_SYNTAX },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == code)
			return table[i].err;
	return ERR_UNAVAILABLE;
}

/* What the network said, or libcurl; it does not name the file that it could not use. */
static void
tell_reason(const struct api_transport *t, CURLcode code, struct api_answer *a)
{
	if (code == CURLE_SSL_CACERT_BADFILE)
		snprintf(a->reason, sizeof(a->reason), "%.300s holds no certificate authorities in PEM",
		    t->ca_file == NULL ? "the system's file" : t->ca_file);
	else
		snprintf(a->reason, sizeof(a->reason), "%s", t->reason[0] != '\0' ? t->reason : curl_easy_strerror(code));
}

void
api_transport_exchange(struct api_transport *t, const struct api_request *r, struct api_answer *a_r)
{
	struct exchange x = { .transport = t, .request = r, .answer = a_r, .unsent = r->body, .heard_ms = clock_mono_ms() };
	char url[2048];
	memset(a_r, 0, sizeof(*a_r));
	buf_init(&a_r->body, API_ANSWER_MAX);
	require((size_t)snprintf(url, sizeof(url), "%s%s", t->url, r->path) < sizeof(url));
	set_common(t);
	set_body(t->curl, r);
	struct curl_slist *fields = make_fields(t, r);
	if (r->stream != NULL)           /* slow by its nature: on_progress() looks after it */
		curl_easy_setopt(t->curl, CURLOPT_LOW_SPEED_LIMIT, 0L);
	curl_easy_setopt(t->curl, CURLOPT_URL, url);
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(t->curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(t->curl, CURLOPT_READDATA, &x);
	curl_easy_setopt(t->curl, CURLOPT_SEEKFUNCTION, on_seek);
	curl_easy_setopt(t->curl, CURLOPT_SEEKDATA, &x);
	curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, &x);
	curl_easy_setopt(t->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(t->curl, CURLOPT_HEADERDATA, &x);
	curl_easy_setopt(t->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(t->curl, CURLOPT_XFERINFODATA, &x);
	curl_easy_setopt(t->curl, CURLOPT_NOPROGRESS, 0L);
	CURLcode code = curl_easy_perform(t->curl);
	long status = 0;
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	a_r->status = (int)status;
	/* a server that refused while we were still sending has answered all the same */
	if (code != CURLE_OK && !(x.err == 0 && code == CURLE_SEND_ERROR && status >= 400))
		a_r->err = x.err != 0 ? x.err : err_of(code);
	/* libcurl has nothing to say about errors of ours */
	if (x.err == 0)
		tell_reason(t, code, a_r);
	free_fields(fields);
}

void
api_answer_deinit(struct api_answer *a)
{
	buf_wipe(&a->body);
	buf_deinit(&a->body);
}

/* Of a form that libcurl knows, or it would look for a host of that name again and again. */
static bool
is_proxy(const char *text)
{
	static const char *const schemes[] = { "http://", "https://", "socks4://", "socks4a://", "socks5://", "socks5h://" };
	CURLU *url = curl_url();
	require(url != NULL);
	bool is_good = curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK;
	bool has_scheme = strstr(text, "://") != NULL, is_known = !has_scheme;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		is_known = is_known || strncasecmp(text, schemes[i], strlen(schemes[i])) == 0;
	curl_url_cleanup(url);
	return is_good && is_known;
}

int
api_transport_new(const struct api_options *o, struct api_transport **t_r)
{
	*t_r = NULL;
	if (o->proxy != NULL && !is_proxy(o->proxy))
		return ERR_CONFIG;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return ERR_IO;
	struct api_transport *t = mem_alloc(sizeof(*t));
	t->curl = curl_easy_init();
	require(t->curl != NULL);
	t->url = mem_strdup(o->url);
	t->ca_file = o->ca_file == NULL ? NULL : mem_strdup(o->ca_file);
	t->proxy = o->proxy == NULL ? NULL : mem_strdup(o->proxy);
	t->is_stopped = o->is_stopped;
	*t_r = t;
	return 0;
}

void
api_transport_free(struct api_transport **t)
{
	if (*t == NULL)
		return;
	curl_easy_cleanup((*t)->curl);
	secret_free(&(*t)->authorization);
	mem_free(&(*t)->url);
	mem_free(&(*t)->ca_file);
	mem_free(&(*t)->proxy);
	mem_free(t);
	curl_global_cleanup();
}

void
api_transport_set_session(struct api_transport *t, const struct secret *token)
{
	static const char prefix[] = "Authorization: Bearer ";
	struct buf text;
	secret_free(&t->authorization);
	if (token == NULL)
		return;
	buf_init(&text, sizeof(prefix) + TEXT_BASE64URL_LEN(API_SESSION_BYTES));
	if (buf_append_str(&text, prefix) != 0 || text_base64url(&text, secret_view(token)) != 0 || buf_append_u8(&text, 0) != 0)
		panic("a session token of %zu bytes", secret_len(token));
	t->authorization = secret_from_view(buf_view(&text));
	buf_wipe(&text);
	buf_deinit(&text);
}

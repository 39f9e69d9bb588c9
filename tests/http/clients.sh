#!/bin/bash
# SPDX-License-Identifier: MIT
# The server against clients that others wrote: curl, openssl s_client, gnutls-cli. Run in the build's tests folder.
set -euo pipefail
SERVE=$PWD/http/serve
for program in curl openssl; do
	command -v "$program" >/dev/null || { echo "skipped: there is no $program"; exit 77; }
done
work=$(mktemp -d)
pids=()
end() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	rm -rf "$work"
}
trap end EXIT
cd "$work"
fail() { echo "failed: $*"; cat log* || true; exit 1; }

certificate() {  # NAME: a new self-signed one for localhost
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.crt" -days 2 \
	    -subj "/CN=$1" -addext subjectAltName=DNS:localhost 2>/dev/null
}
serve() {  # NAME OPTIONS...: starts one, sets PORT and PID
	local name=$1; shift
	"$SERVE" "$@" >"port.$name" 2>"log.$name" &
	PID=$!; pids+=("$PID")
	for _ in $(seq 100); do [ -s "port.$name" ] && break; sleep 0.05; done
	PORT=$(head -1 "port.$name")
}
get() { curl -sS --max-time 50 --cacert ca.pem --resolve "localhost:$PORT:127.0.0.1" "$@"; }
tls() { openssl s_client -connect "127.0.0.1:$PORT" -servername localhost -CAfile ca.pem "$@" 2>&1 || true; }

certificate one; certificate two; cat one.crt two.crt >ca.pem
cp one.crt use.crt; cp one.key use.key
serve a -t use.crt use.key -s 1073741824
A=$PORT; APID=$PID
serve b -t use.crt use.key
B=$PORT

echo "- a page, a JSON body, an upload with Expect"
PORT=$A
[ "$(get "https://localhost:$A/hello")" = hello ] || fail "hello"
[ "$(get -H 'Content-Type: application/json' -d '{"name":"Anna"}' "https://localhost:$A/json")" = '{"hello":"Anna"}' ] || fail "json"
head -c 3000000 /dev/zero >zeros
status=$(get -o out -w '%{http_code}' -X PATCH -T zeros -H 'Expect: 100-continue' -H 'Tus-Resumable: 1.0.0' -H 'Upload-Offset: 0' \
    -H 'Content-Type: application/offset+octet-stream' "https://localhost:$A/upload/0")
[ "$status" = 204 ] || fail "upload: $status"
status=$(head -c 100000 /dev/zero | get -o out -w '%{http_code}' -X PATCH -T - -H 'Tus-Resumable: 1.0.0' -H 'Upload-Offset: 0' \
    -H 'Content-Type: application/offset+octet-stream' "https://localhost:$A/upload/0")
[ "$status" = 204 ] || fail "chunked upload: $status"

echo "- old protocols and weak ciphers are refused"
tls -tls1_1 -cipher 'ALL@SECLEVEL=0' </dev/null | grep -q 'Cipher is (NONE)' || fail "TLS 1.1"
tls -tls1_2 -cipher AES256-SHA256:ECDHE-ECDSA-AES128-SHA256 </dev/null | grep -q 'Cipher is (NONE)' || fail "CBC"
tls -tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384 </dev/null | grep -q 'Cipher is ECDHE-ECDSA-AES256-GCM-SHA384' || fail "order"
tls -alpn h2,http/1.1 </dev/null | grep -q 'ALPN protocol: http/1.1' || fail "ALPN"

echo "- a session of one process is resumed by the other"
for version in -tls1_2 -tls1_3; do
	PORT=$A
	(printf 'GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'; sleep 0.5) | tls $version -ign_eof -sess_out session >/dev/null || true
	[ -s session ] || fail "no session $version"
	PORT=$B
	(printf 'GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'; sleep 0.5) | tls $version -ign_eof -sess_in session | grep -q '^Reused' || fail "not resumed $version"
	rm session
done

echo "- 1 GiB through TLS in constant memory"
PORT=$A
before=$(awk '/VmHWM/ { print $2 }' "/proc/$APID/status")
get -o /dev/null -w '%{speed_download} bytes/s, %{size_download} bytes\n' "https://localhost:$A/file" >speed
grep -q ' 1073741824 bytes' speed || fail "size: $(cat speed)"
after=$(awk '/VmHWM/ { print $2 }' "/proc/$APID/status")
echo "  $(cat speed); resident at most: $before KiB before, $after KiB after"
# Sanitizers (NO_JAIL) keep freed memory for a while.
[ -n "${NO_JAIL:-}" ] || [ $((after - before)) -lt 4096 ] || fail "memory grew by $((after - before)) KiB"

echo "- the certificate is replaced while a download runs"
get --limit-rate 100M -o whole "https://localhost:$A/file" -r 0-99999999 &
download=$!; pids+=("$download")
sleep 0.3
subject() { tls </dev/null | grep -m1 '^subject='; }
[ "$(subject)" = "subject=CN = one" ] || fail "$(subject)"
cp two.crt use.crt; cp two.key use.key; kill -HUP "$APID"; sleep 0.3
[ "$(subject)" = "subject=CN = two" ] || fail "$(subject)"
wait "$download" || fail "the download was dropped"
[ "$(stat -c %s whole)" = 100000000 ] || fail "the download is cut"

echo "- a clean stop finishes what is in flight"
get -o later "https://localhost:$A/later/2000" & download=$!
for _ in $(seq 100); do
	kill -USR1 "$APID"
	sleep 0.02
	if tail -n 1 port.a | grep -q ' requests=1 '; then break; fi
done
kill "$APID"
wait "$download" || fail "the request in flight was dropped"
[ "$(cat later)" = later ] || fail "the request in flight was cut"
wait "$APID" || fail "the server did not end well"

echo "- a reader that is too slow is cut"
serve c -t one.crt one.key -r 100000 -s 1073741824
get --limit-rate 10k --max-time 40 -o /dev/null "https://localhost:$PORT/file" 2>slow & pids+=("$!")
for _ in $(seq 80); do
	sleep 0.25
	kill -USR1 "$PID"
	if grep -q 'timeouts=1' port.c; then echo passed; exit 0; fi
done
fail "not cut within 20 s: $(tail -1 port.c)"

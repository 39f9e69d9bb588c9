// SPDX-License-Identifier: MIT
// trust/FORMAT.md in JavaScript.
import {
	Cursor, Refused, argon2id, base32, blake2b, block, boxKeys, boxOpen, boxSeal, concat, derive, equal, hash, mac, must, random, recordOpen,
	recordSeal, sign, signKeys, u16, u32, u64, u8, unbase32, utf8, verify,
} from './primitives.mjs';

const zero = (...fields) => fields.every(f => f.every(b => b === 0));
const begin = magic => concat(utf8(magic), u16(1));

export function passwordKeys(password, service, address, serverSalt, memoryKib, passes) {
	must(memoryKib >= 131072 && memoryKib <= 1048576 && passes >= 3 && passes <= 16, 'cost');
	must(serverSalt.length === 16 && password.length > 0, 'lengths');
	const salt = blake2b(16, concat(utf8('provision/1/password-salt'), u8(0), block(utf8(service)), block(utf8(address)),
		u32(memoryKib), u32(passes), block(serverSalt)));
	const master = argon2id(password, salt, memoryKib, passes);
	return { auth: derive(master, 'provision/1/auth-key'), wrap: derive(master, 'provision/1/wrap-key') };
}

function recoveryCoded(code) {
	const check = hash('provision/1/recovery-check', code);
	return concat(code, u8(check[0]), u8(check[1] & 0xf0));
}
export function recoveryText(code) {
	return base32(recoveryCoded(code)).slice(0, 28).toUpperCase().match(/.{4}/g).join('-');
}
export function recoveryParse(typed) {
	const plain = typed.replace(/[ \t-]/g, '').toLowerCase().replace(/0/g, 'o').replace(/8/g, 'b');
	must(plain.length === 28, 'recovery code length');
	const coded = unbase32(plain + 'a', 18), code = coded.slice(0, 16);
	must(equal(coded, recoveryCoded(code)), 'recovery code check');
	return code;
}
export const recoveryKeys = code =>
	({ auth: derive(code, 'provision/1/recovery-auth-key'), wrap: derive(code, 'provision/1/recovery-wrap-key') });

export const newKeys = () => ({ seal: boxKeys(), sign: signKeys() });
export const keysOf = (sealPrivate, signSeed) => ({ seal: boxKeys(sealPrivate), sign: signKeys(signSeed) });
const privateHalf = keys => concat(keys.seal.private, keys.sign.seed);
const owns = (statement, keys) =>
	must(equal(statement.seal, keys.seal.public) && equal(statement.sign, keys.sign.public), 'keys are not those of the statement');

// --- account statement
export function accountMake(id, number, createdMs, keys, old = null) {
	const body = concat(begin('PVas'), id, u32(number), keys.seal.public, keys.sign.public, u64(createdMs),
		old ? old.statement.fingerprint : new Uint8Array(32), u8(old ? 1 : 0));
	const own = sign(keys.sign, 'provision/1/account-statement', body);
	return old ? concat(body, own, sign(old.keys.sign, 'provision/1/account-successor', body)) : concat(body, own);
}
export function accountParse(bytes) {
	const c = new Cursor(bytes);
	c.magic('PVas');
	const a = { id: c.take(16), number: c.u32(), seal: c.take(32), sign: c.take(32), createdMs: c.u64(), predecessor: c.take(32) };
	const successor = c.u8();
	must(successor <= 1 && a.number > 0 && !zero(a.id), 'account fields');
	must(successor ? a.number >= 2 : zero(a.predecessor), 'account predecessor');
	a.body = c.before();
	const own = c.take(64);
	a.predecessorSig = successor ? c.take(64) : null;
	c.end();
	verify(a.sign, 'provision/1/account-statement', a.body, own);
	a.fingerprint = hash('provision/1/account-statement', a.body);
	return a;
}
export function accountFollows(next, old) {
	must(next.predecessorSig && equal(next.id, old.id) && next.number === old.number + 1 &&
		equal(next.predecessor, old.fingerprint), 'not the successor');
	verify(old.sign, 'provision/1/account-successor', next.body, next.predecessorSig);
}

// --- wrapped keys
const wrapAd = (account, kind) => concat(utf8('provision/1/account-keys'), u8(0), account.id, account.fingerprint, u8(kind));
export function wrapSeal(account, keys, kind, wrapKey) {
	return concat(begin('PVaw'), u8(kind), recordSeal(wrapKey, wrapAd(account, kind), privateHalf(keys)));
}
export function wrapOpen(account, bytes, kind, wrapKey) {
	const c = new Cursor(bytes);
	c.magic('PVaw');
	must(c.u8() === kind, 'kind of wrap');
	const plain = recordOpen(wrapKey, wrapAd(account, kind), c.take(104));
	c.end();
	const keys = keysOf(plain.slice(0, 32), plain.slice(32));
	owns(account, keys);
	return keys;
}
export const keptKey = (account, keys) => derive(privateHalf(keys), 'provision/1/package-kept-key', account.id);
export const pinKey = (account, keys) => derive(privateHalf(keys), 'provision/1/pin-store-key', account.id);

// --- company
export function rootMake(company, createdMs, keys) {
	const body = concat(begin('PVcr'), company, keys.public, u64(createdMs));
	return concat(body, sign(keys, 'provision/1/company-root', body));
}
export function rootParse(bytes) {
	const c = new Cursor(bytes);
	c.magic('PVcr');
	const r = { company: c.take(16), sign: c.take(32), createdMs: c.u64() };
	must(!zero(r.company), 'company id');
	const body = c.before(), sig = c.take(64);
	c.end();
	verify(r.sign, 'provision/1/company-root', body, sig);
	r.fingerprint = hash('provision/1/company-root', body);
	return r;
}
export function epochMake(root, rootKeys, previous, recovery, createdMs, keys) {
	const body = concat(begin('PVce'), root.company, root.fingerprint, u32(previous ? previous.number + 1 : 1), keys.seal.public,
		keys.sign.public, previous ? previous.fingerprint : new Uint8Array(32), recovery ? recovery.fingerprint : new Uint8Array(32), u64(createdMs));
	return concat(body, sign(rootKeys, 'provision/1/company-epoch', body));
}
export function epochParse(bytes, root) {
	const c = new Cursor(bytes);
	c.magic('PVce');
	const e = {
		company: c.take(16), root: c.take(32), number: c.u32(), seal: c.take(32), sign: c.take(32), previous: c.take(32),
		recovery: c.take(32), createdMs: c.u64(),
	};
	must(e.number > 0 && (e.number === 1) === zero(e.previous), 'epoch number');
	const body = c.before(), sig = c.take(64);
	c.end();
	must(equal(e.company, root.company) && equal(e.root, root.fingerprint), 'epoch of another root');
	verify(root.sign, 'provision/1/company-epoch', body, sig);
	e.fingerprint = hash('provision/1/company-epoch', body);
	return e;
}

// --- the company's recovery key
export const codeKeys = (code, company) =>
	keysOf(derive(code, 'provision/1/company-recovery-seal', company), derive(code, 'provision/1/company-recovery-sign', company));
export function codeMake(root, keys, createdMs) {
	const body = concat(begin('PVcy'), root.company, root.fingerprint, keys.seal.public, keys.sign.public, u64(createdMs));
	return concat(body, sign(keys.sign, 'provision/1/company-recovery', body));
}
export function codeParse(bytes) {
	const c = new Cursor(bytes);
	c.magic('PVcy');
	const r = { company: c.take(16), root: c.take(32), seal: c.take(32), sign: c.take(32), createdMs: c.u64() };
	const body = c.before(), sig = c.take(64);
	c.end();
	verify(r.sign, 'provision/1/company-recovery', body, sig);
	r.fingerprint = hash('provision/1/company-recovery', body);
	return r;
}

export function companyLoad(rootBytes, epochBytes) {
	const root = rootParse(rootBytes), epochs = epochBytes.map(b => epochParse(b, root));
	must(epochs.length > 0 && epochs.length <= 32, 'number of epochs');
	for (let i = 1; i < epochs.length; i++)
		must(epochs[i].number === epochs[i - 1].number + 1 && equal(epochs[i].previous, epochs[i - 1].fingerprint) &&
			epochs[i].createdMs >= epochs[i - 1].createdMs, 'chain of epochs');
	return { root, epochs, current: epochs[epochs.length - 1] };
}

// --- membership
export function certificateMake(company, rootKeys, member, role, displayName, notBeforeMs) {
	const body = concat(begin('PVcm'), company.root.company, company.root.fingerprint, member.id, member.fingerprint, member.sign,
		member.seal, u8(role), u32(company.current.number), u64(notBeforeMs), block(utf8(displayName)));
	return concat(body, sign(rootKeys, 'provision/1/membership', body));
}
function decodeUtf8(bytes) {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw new Refused('not UTF-8');
	}
}
export function certificateParse(bytes, root) {
	const c = new Cursor(bytes);
	must(bytes.length <= 2048, 'certificate too long');
	c.magic('PVcm');
	const m = {
		company: c.take(16), root: c.take(32), id: c.take(16), statement: c.take(32), sign: c.take(32), seal: c.take(32), role: c.u8(),
		epoch: c.u32(), notBeforeMs: c.u64(), name: c.block(256),
	};
	must((m.role === 1 || m.role === 2) && m.epoch > 0 && !zero(m.id), 'certificate fields');
	m.displayName = decodeUtf8(m.name);
	must(m.displayName.length > 0 && !/[\u0000-\u001f\u007f-\u009f]/.test(m.displayName), 'display name');
	const body = c.before(), sig = c.take(64);
	c.end();
	must(equal(m.company, root.company) && equal(m.root, root.fingerprint), 'certificate of another root');
	verify(root.sign, 'provision/1/membership', body, sig);
	return m;
}
export function certificateCheck(m, company, signedMs) {
	must(signedMs >= m.notBeforeMs && m.epoch <= company.current.number, 'certificate does not count yet');
	if (m.epoch === company.current.number)
		return;
	const next = company.epochs.find(e => e.number === m.epoch + 1);
	must(next && signedMs < next.createdMs, 'an older epoch signs nothing new');
}

// --- sealed company keys
const sealedHead = (kind, company, fingerprint) => concat(begin('PVsk'), u8(kind), company, fingerprint);
export const sealEpoch = (epoch, keys, member) =>
	boxSeal(member.seal, concat(sealedHead(1, epoch.company, epoch.fingerprint), privateHalf(keys)));
export const sealRoot = (root, keys, member) =>
	boxSeal(member.seal, concat(sealedHead(2, root.company, root.fingerprint), keys.seed));
function opened(sealed, memberKeys, head, size) {
	const plain = boxOpen(memberKeys.seal, sealed);
	must(plain.length === head.length + size && equal(plain.slice(0, head.length), head), 'another key was sealed');
	return plain.slice(head.length);
}
export function openEpoch(epoch, sealed, memberKeys) {
	const plain = opened(sealed, memberKeys, sealedHead(1, epoch.company, epoch.fingerprint), 64);
	const keys = keysOf(plain.slice(0, 32), plain.slice(32));
	owns(epoch, keys);
	return keys;
}
export function openRoot(root, sealed, memberKeys) {
	const keys = signKeys(opened(sealed, memberKeys, sealedHead(2, root.company, root.fingerprint), 32));
	must(equal(keys.public, root.sign), 'not the root');
	return keys;
}

// --- invitations and links
export function invitationMac(i, secret, member) {
	return mac(derive(secret, 'provision/1/member-invitation-key'), 'provision/1/member-invitation',
		concat(i.invitation, i.company, i.root, u8(i.role), member.id, member.fingerprint));
}
const roleNames = { 1: 'owner', 2: 'agent' };
export const customerLink = (host, slug, root) => `https://${host}/i/${slug}#${base32(root)}`;
export const memberLink = (host, slug, invitation, role, secret, root) =>
	`https://${host}/m/${slug}/${base32(invitation)}#${roleNames[role]}.${base32(secret)}.${base32(root)}`;
export function linkParse(s) {
	const m = /^https:\/\/([a-z0-9.-]+(?::[1-9][0-9]{0,4})?)\/(?:i\/([a-z0-9][a-z0-9-]{0,62})|m\/([a-z0-9][a-z0-9-]{0,62})\/([a-z2-7]{26}))#(?:(owner|agent)\.([a-z2-7]{26})\.)?([a-z2-7]{52})$/.exec(s);
	must(m && (m[2] === undefined) === (m[5] !== undefined), 'link');
	const link = { host: m[1], slug: m[2] ?? m[3], root: unbase32(m[7], 32) };
	return m[2] ? link : { ...link, invitation: unbase32(m[4], 16), role: m[5] === 'owner' ? 1 : 2, secret: unbase32(m[6], 16) };
}

// --- pins
const pinsAd = (account, version) => concat(utf8('provision/1/pin-store'), u8(0), account, u64(version));
const pinPageAd = (account, version, at, depth) => concat(utf8('provision/1/pin-page'), u8(0), account, u64(version), u32(at), u8(depth));
const pinOrder = r => concat(u8(r.kind), r.principal);
export const pinPlaceKey = (account, key) => derive(key, 'provision/1/pin-place', account);
// The first 32 bits of the keyed hash.
export const pinPlace = (placeKey, r) => new Cursor(mac(placeKey, 'provision/1/pin-place', pinOrder(r))).u32();
// Pages that all have the same depth; any other cut that gives every place to one page is as good.
export function pinsSeal(rows, account, version, key, depth) {
	const pages = [], entries = [], size = 2 ** (32 - depth), placeKey = pinPlaceKey(account, key);
	for (let at = 0; at < 2 ** 32; at += size) {
		const mine = rows.filter(r => Math.floor(pinPlace(placeKey, r) / size) * size === at)
			.sort((a, b) => Buffer.compare(pinOrder(a), pinOrder(b)));
		const list = concat(u32(mine.length), ...mine.map(r => concat(u8(r.kind), r.principal, r.fingerprint, r.sign, u32(r.number),
			u8(r.source), u8(r.isVerified ? 1 : 0), u64(r.firstSeenMs), r.kind === 2 ? r.epoch : new Uint8Array(0))));
		const page = concat(begin('PVpp'), u64(version), recordSeal(key, pinPageAd(account, version, at, depth), list));
		pages.push({ at, page });
		entries.push(concat(u8(depth), hash('provision/1/pin-page-hash', page)));
	}
	const names = concat(u32(entries.length), ...entries);
	return { root: concat(begin('PVpn'), u64(version), recordSeal(key, pinsAd(account, version), names)), pages };
}
export function pinsOpen(bytes, account, highest, key) {
	const outer = new Cursor(bytes), pages = [];
	outer.magic('PVpn');
	const version = outer.u64();
	must(version > 0 && version >= highest, 'old pin store');
	const c = new Cursor(recordOpen(key, pinsAd(account, version), outer.rest()));
	let at = 0;
	for (let n = c.u32(); n > 0; n--) {
		const depth = c.u8(), size = 2 ** (32 - depth);
		must(depth <= 31 && at % size === 0, 'depth of a page');
		pages.push({ at, depth, hash: c.take(32) });
		at += size;
	}
	must(at === 2 ** 32, 'pages of pins');
	c.end();
	return { version, pages };
}
export function pinPageOpen(store, bytes, at, account, key) {
	const named = store.pages.find(p => p.at === at), outer = new Cursor(bytes), rows = [], placeKey = pinPlaceKey(account, key);
	must(named && Buffer.compare(hash('provision/1/pin-page-hash', bytes), named.hash) === 0, 'not the page of the root');
	outer.magic('PVpp');
	const version = outer.u64();
	const c = new Cursor(recordOpen(key, pinPageAd(account, version, at, named.depth), outer.rest()));
	for (let n = c.u32(); n > 0; n--) {
		const r = {
			kind: c.u8(), principal: c.take(16), fingerprint: c.take(32), sign: c.take(32), number: c.u32(), source: c.u8(),
			isVerified: c.u8(), firstSeenMs: c.u64(), epoch: new Uint8Array(0),
		};
		if (r.kind === 2)
			r.epoch = c.take(32);
		must(r.kind >= 1 && r.kind <= 3 && r.source >= 1 && r.source <= 5 && r.isVerified <= 1, 'pin');
		const last = rows[rows.length - 1], place = pinPlace(placeKey, r);
		must(!last || Buffer.compare(pinOrder(last), pinOrder(r)) < 0, 'order of pins');
		must(place >= at && place < at + 2 ** (32 - named.depth), 'page of a pin');
		rows.push(r);
	}
	c.end();
	return rows;
}

// --- signed actions
const actionBytes = a => {
	must(/^[a-z-]{1,32}$/.test(a.name) && a.nonce.length === 32, 'action');
	return concat(block(utf8(a.name)), a.account, a.subject, a.nonce, hash('provision/1/action-parameters', a.parameters));
};
export const actionSign = (a, keys) => sign(keys.sign, 'provision/1/action', actionBytes(a));
export const actionVerify = (a, publicKey, signature) => verify(publicKey, 'provision/1/action', actionBytes(a), signature);

// --- erasure receipts
const itemsMake = items => concat(u8(items.length), ...items.map(([kind, value]) => concat(u8(kind), u64(value))));
function itemsParse(c) {
	const count = c.u8(), items = [];
	must(count <= 16, 'too many items');
	for (let i = 0; i < count; i++) {
		items.push([c.u8(), c.u64()]);
		must(items[i][0] > (i ? items[i - 1][0] : 0), 'order of kinds');
	}
	return items;
}
export function erasureMake(r, signKey) {
	const body = concat(begin('PVer'), r.receipt, u8(r.occasion), u8(r.by), r.subject, u64(r.timeMs), u8(r.isComplete ? 1 : 2),
		itemsMake(r.gone), itemsMake(r.stays), itemsMake(r.copies), u8(r.service.length), utf8(r.service), signKey.public);
	return concat(body, sign(signKey, 'provision/1/erasure-receipt', body));
}
export function erasureParse(bytes) {
	const c = new Cursor(bytes);
	must(bytes.length <= 1024, 'receipt too long');
	c.magic('PVer');
	const r = { receipt: c.take(16), occasion: c.u8(), by: c.u8(), subject: c.take(16), timeMs: c.u64() };
	const state = c.u8();
	must(r.occasion >= 1 && r.occasion <= 4 && r.by >= 1 && r.by <= 3 && (state === 1 || state === 2), 'choices');
	r.isComplete = state === 1;
	for (const list of ['gone', 'stays', 'copies'])
		r[list] = itemsParse(c);
	r.service = new TextDecoder().decode(c.take(c.u8()));
	must(/^[!-~]+$/.test(r.service), 'service');
	r.key = c.take(32);
	const body = c.before(), sig = c.take(64);
	c.end();
	verify(r.key, 'provision/1/erasure-receipt', body, sig);
	return r;
}
export const erasureText = bytes => ['-----BEGIN PROVISION ERASURE RECEIPT-----', ...Buffer.from(bytes).toString('base64url').match(/.{1,64}/g),
	'-----END PROVISION ERASURE RECEIPT-----', ''].join('\n');

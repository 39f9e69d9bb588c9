// SPDX-License-Identifier: MIT
// node make.mjs: prints a document of vectors made by this implementation, with real randomness.
import * as P from './primitives.mjs';
import * as T from './trust.mjs';
import * as K from './package.mjs';
import { contentsOf } from './contents.mjs';

const { hex, random, utf8 } = P;
const NOW = 1700000000000;

function makePrimitives(doc) {
	const password = utf8('Tr\u00fcbe Tassen'), serverSalt = random(16), code = random(16);
	const keys = T.passwordKeys(password, 'provision.example', 'anna@example.org', serverSalt, 131072, 3), recovery = T.recoveryKeys(code);
	const parent = random(32), key = random(32), box = P.boxKeys(), signing = P.signKeys();
	doc.password = [{
		password: hex(password), service: 'provision.example', address: 'anna@example.org', server_salt: hex(serverSalt), memory_kib: 131072,
		passes: 3, auth: hex(keys.auth), wrap: hex(keys.wrap),
	}];
	doc.recovery = [{ code: hex(code), text: T.recoveryText(code), auth: hex(recovery.auth), wrap: hex(recovery.wrap) }];
	doc.derive = [{ parent: hex(parent), purpose: 'provision/1/js', context: '00ff', key: hex(P.derive(parent, 'provision/1/js', P.unhex('00ff'))) }];
	doc.keyhash = [{ key: hex(key), purpose: 'provision/1/js', data: '', hash: hex(P.mac(key, 'provision/1/js', utf8(''))) }];
	doc.hash = [{ purpose: 'provision/1/js', data: 'abcd', hash: hex(P.hash('provision/1/js', P.unhex('abcd'))) }];
	doc.record = [{ key: hex(key), ad: '01', plain: '0203', sealed: hex(P.recordSeal(key, P.unhex('01'), P.unhex('0203'))) }];
	doc.box = [{ private: hex(box.private), plain: '0405', sealed: hex(P.boxSeal(box.public, P.unhex('0405'))) }];
	doc.sign = [{
		seed: hex(signing.seed), public: hex(signing.public), purpose: 'provision/1/js', message: '06',
		signature: hex(P.sign(signing, 'provision/1/js', P.unhex('06'))),
	}];
}

function person(name, number = 1, old = null) {
	const id = old ? old.account.id : random(16), keys = T.newKeys(), createdMs = NOW - 20000 + number;
	const statement = T.accountMake(id, number, createdMs, keys, old && { statement: old.account, keys: old.keys });
	const account = T.accountParse(statement), wraps = [1, 2].map(kind => ({ kind, key: random(32) }));
	return {
		name, account, keys, row: {
			name, id: hex(id), seal_private: hex(keys.seal.private), sign_seed: hex(keys.sign.seed), number, created_ms: createdMs,
			statement: hex(statement), fingerprint: hex(account.fingerprint), predecessor: old ? old.name : '',
			wraps: wraps.map(w => ({ kind: w.kind, key: hex(w.key), wrapped: hex(T.wrapSeal(account, keys, w.kind, w.key)) })),
			pin_key: hex(T.pinKey(account, keys)), kept_key: hex(T.keptKey(account, keys)),
		},
	};
}

function makeCompany(doc, people) {
	const id = random(16), rootKeys = P.signKeys(), rootBytes = T.rootMake(id, NOW - 10000, rootKeys), root = T.rootParse(rootBytes);
	const epochKeys = [T.newKeys(), T.newKeys()], times = [NOW - 9000, NOW], statements = [];
	const code = random(16), codeKeys = T.codeKeys(code, id), codeBytes = T.codeMake(root, codeKeys, NOW - 500);
	const recovery = T.codeParse(codeBytes);
	let previous = null;
	epochKeys.forEach((keys, i) => {
		statements.push(T.epochMake(root, rootKeys, previous, i === 1 ? recovery : null, times[i], keys));
		previous = T.epochParse(statements[i], root);
	});
	const first = T.companyLoad(rootBytes, statements.slice(0, 1)), company = T.companyLoad(rootBytes, statements);
	const certificate = (then, who, role, display_name, not_before_ms) => ({
		account: who.name, role, epoch: then.current.number, not_before_ms, display_name,
		certificate: hex(T.certificateMake(then, rootKeys, who.account, role, display_name, not_before_ms)),
	});
	const { olga, axel, rita } = people;
	doc.company = {
		id: hex(id), root_seed: hex(rootKeys.seed), created_ms: NOW - 10000, root: hex(rootBytes), fingerprint: hex(root.fingerprint),
		epochs: company.epochs.map((e, i) => ({
			created_ms: times[i], seal_private: hex(epochKeys[i].seal.private), sign_seed: hex(epochKeys[i].sign.seed),
			statement: hex(statements[i]), fingerprint: hex(e.fingerprint),
		})),
		certificates: [
			certificate(first, rita, 1, 'Rita R\u00f6hl', NOW - 5000), certificate(company, olga, 1, 'Olga Ohm', NOW),
			certificate(company, axel, 2, 'Axel \u{1F600}', NOW),
		],
		sealed_epochs: company.epochs.map((e, i) => ({ account: 'olga', epoch: e.number, sealed: hex(T.sealEpoch(e, epochKeys[i], olga.account)) })),
		recovery: {
			code: hex(code), created_ms: NOW - 500, statement: hex(codeBytes), fingerprint: hex(recovery.fingerprint),
			sealed_epoch: hex(T.sealEpoch(company.current, epochKeys[1], recovery)), sealed_root: hex(T.sealRoot(root, rootKeys, recovery)),
			older: hex(T.sealEpoch(company.epochs[0], epochKeys[0], company.current)),
		},
		sealed_root: { account: 'olga', sealed: hex(T.sealRoot(root, rootKeys, olga.account)) },
	};
	return company;
}

function makeRest(doc, { anna, axel, rita }, company) {
	const pin = (kind, principal, fingerprint, sign, number, epoch = new Uint8Array(0)) =>
		({ kind, principal, fingerprint, sign, number, source: kind, isVerified: kind === 2 ? 1 : 0, firstSeenMs: NOW + kind, epoch });
	const rows = [
		pin(1, axel.account.id, axel.account.fingerprint, axel.account.sign, 1), pin(1, rita.account.id, rita.account.fingerprint, rita.account.sign, 1),
		pin(2, company.root.company, company.root.fingerprint, company.root.sign, 2, company.current.fingerprint),
		pin(3, new Uint8Array(16), random(32), random(32), 0),
	].sort((a, b) => a.kind - b.kind || Buffer.compare(a.principal, b.principal));
	const pins = T.pinsSeal(rows, anna.account.id, 9, T.pinKey(anna.account, anna.keys), 2);
	doc.pins = {
		account: 'anna', version: 9, root: hex(pins.root), pages: pins.pages.map(p => ({ at: p.at, page: hex(p.page) })),
		rows: rows.map(r => ({
			kind: r.kind, principal: hex(r.principal), fingerprint: hex(r.fingerprint), sign: hex(r.sign), number: r.number, source: r.source,
			is_verified: r.isVerified, first_seen_ms: r.firstSeenMs, epoch: hex(r.epoch),
		})),
	};
	const invitation = random(16), secret = random(16), root = company.root.fingerprint;
	doc.invitation = {
		invitation: hex(invitation), role: 1, secret: hex(secret), account: 'axel',
		mac: hex(T.invitationMac({ invitation, company: company.root.company, root, role: 1 }, secret, axel.account)),
		link: T.memberLink('localhost:8443', 'k', invitation, 1, secret, root),
	};
	doc.customer_link = { host: 'localhost:8443', slug: 'k', link: T.customerLink('localhost:8443', 'k', root) };
	const action = { name: 'account-delete', account: anna.account.id, subject: new Uint8Array(16), nonce: random(32), parameters: utf8('') };
	doc.action = {
		account: 'anna', name: action.name, subject: hex(action.subject), nonce: hex(action.nonce), parameters: '',
		signature: hex(T.actionSign(action, anna.keys)),
	};
}

function makeErasure(doc) {
	const r = { receipt: random(16), occasion: 2, by: 2, subject: random(16), timeMs: NOW, isComplete: false, gone: [[1, 2], [2, 9]], stays: [],
		copies: [[1, 0], [200, 0]], service: 'localhost:8443' };
	const key = P.signKeys(), bytes = T.erasureMake(r, key);
	doc.erasure = {
		sign_seed: hex(key.seed), receipt: hex(r.receipt), subject: hex(r.subject), occasion: r.occasion, by: r.by, time_ms: r.timeMs,
		complete: r.isComplete, gone: r.gone, stays: r.stays, copies: r.copies, service: r.service, bytes: hex(bytes), text: T.erasureText(bytes),
	};
}

async function makePackage(doc, people, company, fromCompany, files) {
	const entries = files.map(([path, size, seed], i) => ({
		path: typeof path === 'string' ? utf8(path) : path, isFolder: size < 0, isExecutable: seed === 7, size: Math.max(size, 0), mtimeMs: i - 1999, seed,
	})).sort((a, b) => K.comparePaths(a.path, b.path));
	const contents = entries.map(e => contentsOf(e.size, e.seed));
	const sender = fromCompany ? people.axel : people.anna, receiver = fromCompany ? people.anna : people.olga;
	const certificateOf = who => P.unhex(doc.company.certificates.find(c => c.account === who.name)?.certificate ?? '');
	const id = random(16), subscription = random(16);
	const p = await K.packageMake({
		id, subscription, signKeys: sender.keys.sign, entries, contents, sequence: 3, sealedMs: NOW + 1000,
		sender: fromCompany ? K.senderMember(sender.account, company) : K.senderAccount(sender.account),
		certificate: fromCompany ? certificateOf(sender) : new Uint8Array(0),
		recipient: fromCompany ? K.recipientAccount(receiver.account) : K.recipientEpoch(company.current),
		recipientKey: fromCompany ? receiver.account.seal : company.current.seal,
	});
	const receipt = K.receiptMake({
		id, subscription, header: p.header, root: p.root, key: p.key, receivedMs: NOW + 7000, signKeys: receiver.keys.sign,
		receiver: fromCompany ? K.senderAccount(receiver.account) : K.senderMember(receiver.account, company),
		certificate: fromCompany ? new Uint8Array(0) : certificateOf(receiver),
	});
	const headerHash = K.headerHash(p.header);
	const withdrawal = K.withdrawalMake({
		id, subscription, withdrawnMs: NOW + 3000, signKeys: sender.keys.sign,
		sender: fromCompany ? K.senderMember(sender.account, company) : K.senderAccount(sender.account),
		certificate: fromCompany ? certificateOf(sender) : new Uint8Array(0),
	});
	const recipient = fromCompany ? K.recipientAccount(receiver.account) : K.recipientEpoch(company.current);
	const kept = K.keptSeal({ id, key: p.key, headerHash, root: p.root, recipient }, T.keptKey(sender.account, sender.keys));
	return {
		sender: sender.name, recipient: fromCompany ? 'anna' : 'company', id: hex(id), subscription: hex(subscription), key: hex(p.key),
		files: entries.map((e, i) => ({
			path: hex(e.path), is_folder: Number(e.isFolder), is_executable: Number(e.isExecutable), size: e.size, mtime_ms_plus_2000: e.mtimeMs + 2000,
			seed: e.seed, fingerprint: hex(p.fingerprints[i]),
		})),
		header: hex(p.header), header_hash: hex(headerHash), manifest: hex(p.manifest), content_root: hex(p.root),
		proof: hex(K.proof(p.key, id, headerHash, p.root)), sequence: 3, sealed_ms: NOW + 1000, seal: hex(p.seal), body_bytes: p.body.length,
		body_sha256: hex(await P.sha256(p.body)), ...(p.body.length <= 16384 ? { body: hex(p.body) } : {}),
		receiver: receiver.name, received_ms: NOW + 7000, receipt: hex(receipt),
		withdrawn_ms: NOW + 3000, withdrawal: hex(withdrawal), kept: hex(kept),
	};
}

const doc = {};
makePrimitives(doc);
const people = Object.fromEntries(['anna', 'olga', 'axel', 'rita'].map(name => [name, person(name)]));
doc.accounts = [...Object.values(people), person('anna-2', 2, people.anna)].map(p => p.row);
const company = makeCompany(doc, people);
makeRest(doc, people, company);
doc.packages = [
	await makePackage(doc, people, company, false, [['b', 33000, 1], ['a', 32768, 2]]),
	await makePackage(doc, people, company, true, [['x/\u{1F600}', 3, 7], ['x', -1, 0], [new Uint8Array([0xff, 0x0a]), 0, 3]]),
	await makePackage(doc, people, company, true, [['gro\u00df', 3 * K.CHUNK, 8], ['rest', K.CHUNK - 1, 9]]),
];
makeErasure(doc);
console.log(JSON.stringify(doc, null, 1));

// SPDX-License-Identifier: MIT
// Node 18 does not have WebCrypto where browsers have it, and libsodium.js looks there: to be imported before it.
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto;

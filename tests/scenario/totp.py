# SPDX-License-Identifier: MIT
"""An authenticator app: RFC 6238 as apps do it, made here anew, so that the product's codes are not held against themselves."""

import base64
import hashlib
import hmac
import struct
import time

STEP_S = 30


class App:
    def __init__(self, secret):
        """secret: base32, as it was shown."""
        self.secret = base64.b32decode(secret)

    def code(self, steps=0):
        """Of the step that many after the present one."""
        counter = int(time.time()) // STEP_S + steps
        digest = hmac.new(self.secret, struct.pack(">Q", counter), hashlib.sha1).digest()
        start = digest[-1] & 15
        return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7fffffff) % 1000000:06}"

    def other(self):
        """A code that is none of those near."""
        near = {self.code(steps) for steps in range(-3, 4)}
        return next(c for c in (f"{i:06}" for i in range(8)) if c not in near)


def settle():
    """Far enough from the end of a step that what follows at once is in the same one."""
    while STEP_S - time.time() % STEP_S < 4:
        time.sleep(0.2)

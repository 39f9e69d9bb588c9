#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The courier's SMTP against relays that behave and relays that do not: F1, C5 (src/courier/relay.h)."""
import base64
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from relay import Relay   # noqa: E402

PROBE = os.path.join(os.environ.get('TOP_BUILDDIR', '../build'), 'tests/courier/probe')
MESSAGE = b'Subject: test\r\nFrom: a@example.org\r\n\r\n.one\r\n.\r\n..two\r\nlast\r\n'
SENT, RETRY, FAILED = 1, 2, 3
A, B, C = 'anna@example.org', 'bert@example.org', 'carl@example.org'


class Answer:
    def __init__(self, line):
        self.what, self.error, outcome, code, self.enhanced, self.text = line.split(' ', 5)
        self.outcome, self.code = int(outcome), int(code)

    def __repr__(self):
        return f'{self.what} {self.error} {self.outcome} {self.code} {self.enhanced} {self.text}'


class Courier(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.certs = cls.dir.name
        subprocess.run([PROBE, 'certs', cls.certs], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def probe(self, port, *to, security='plain', ca='ca', name='relay.example', user='', password=b'', percent=5, time_ms=8000,
              host='127.0.0.1', sender='dienst@provision.example'):
        args = [PROBE, 'send', host, str(port), security, '-' if security == 'plain' else f'{self.certs}/{ca}.crt', name, user,
                password, str(percent), str(time_ms)]
        for t in to:
            args += [sender, t]
        start = time.monotonic()
        done = subprocess.run(args, capture_output=True, timeout=40)
        self.took = time.monotonic() - start
        self.assertEqual((done.returncode, done.stderr), (0, b''))
        return [Answer(line) for line in done.stdout.decode().splitlines()]

    def run_with(self, script, *to, is_quiet=True, **given):
        relay = Relay(script)
        answers = self.probe(relay.port, *(to or (A,)), **given)
        errors = relay.close()
        if is_quiet:
            self.assertEqual(errors, [])
        self.relay = relay
        return answers

    def refused(self, script, error, text, **given):
        """The connection cannot be opened; no mail was tried, nobody said MAIL."""
        answers = self.run_with(script, is_quiet=False, **given)
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(answers[0].error, error, answers)
        self.assertEqual(answers[0].outcome, RETRY)
        self.assertRegex(answers[0].text, text)
        for peer in self.relay.peers:
            self.assertFalse([c for c in peer.commands if c.startswith(('MAIL', 'AUTH'))])

    # ---- good relays

    def test_plain(self):
        def script(p):
            p.greet('PIPELINING', '8BITMIME')
            texts = [p.take(), p.take(), p.take()]
            p.end()
            return texts
        answers = self.run_with(script, A, B, C)
        self.assertEqual([(a.what, a.error) for a in answers], [('open', 'ok')] + [('mail', 'ok')] * 3)
        self.assertEqual([(a.outcome, a.code, a.enhanced, a.text) for a in answers[1:]],
                         [(SENT, 250, '2.0.0', 'Ok: queued as 4711')] * 3)
        # Dots are stuffed, and not a byte is added or lost.
        self.assertEqual(self.relay.results[0], [MESSAGE] * 3)
        self.assertEqual([c for c in self.relay.peers[0].commands if c.startswith('RCPT')],
                         [f'RCPT TO:<{t}>' for t in (A, B, C)])
        self.assertEqual(self.relay.peers[0].commands[-1], 'QUIT')

    def test_empty_reverse_path(self):
        def script(p):
            p.greet()
            return p.take()
        self.run_with(script, A, sender='-')
        self.assertIn('MAIL FROM:<>', self.relay.peers[0].commands)

    def starttls(self, cert, *inner):
        def script(p):
            p.greet('STARTTLS', 'AUTH PLAIN', 'SMTPUTF8', '8BITMIME')
            p.want('STARTTLS')
            p.say('220 2.0.0 go on')
            p.tls(self.certs, cert)
            p.hello(*inner)
            text = p.take()
            p.end()
            return text
        return script

    def implicit(self, cert, *inner):
        def script(p):
            p.tls(self.certs, cert)
            p.greet(*inner)
            text = p.take()
            p.end()
            return text
        return script

    def test_starttls(self):
        answers = self.run_with(self.starttls('good'), security='starttls')
        self.assertEqual(answers[1].outcome, SENT)
        self.assertEqual(self.relay.results, [MESSAGE])

    def test_implicit_tls(self):
        answers = self.run_with(self.implicit('good'), security='tls')
        self.assertEqual(answers[1].outcome, SENT)
        self.assertEqual(self.relay.results, [MESSAGE])

    def test_certificate_of_a_numeric_address(self):
        answers = self.run_with(self.implicit('numeric'), security='tls', name='127.0.0.1')
        self.assertEqual(answers[1].outcome, SENT)

    # ---- certificates

    def test_bad_certificates_are_refused_over_both(self):
        for cert in ('name', 'expired', 'future', 'self', 'unknown', 'numeric'):
            with self.subTest(cert=cert, security='tls'):
                self.refused(self.implicit(cert), 'trust', '^TLS: the certificate was refused: ', security='tls')
            with self.subTest(cert=cert, security='starttls'):
                self.refused(self.starttls(cert), 'trust', '^STARTTLS: the certificate was refused: ', security='starttls')

    def test_no_tls_at_all(self):
        """A plain relay where TLS is expected, and one that ends in the handshake."""
        answers = self.run_with(lambda p: (p.say('220 relay.example ESMTP'), p.line()), security='tls', is_quiet=False)
        self.assertEqual([(a.what, a.outcome) for a in answers], [('open', RETRY)])
        self.assertRegex(answers[0].text, '^TLS: ')

        def hang_up(p):
            p.greet('STARTTLS')
            p.want('STARTTLS')
            p.say('220 go on')
            p.sock.recv(100)
        answers = self.run_with(hang_up, security='starttls')
        self.assertEqual([(a.what, a.outcome) for a in answers], [('open', RETRY)])

    # ---- STARTTLS

    def test_starttls_not_offered(self):
        self.refused(lambda p: (p.greet('8BITMIME', 'XSTARTTLS', 'STARTTLSX'), p.end()), 'denied', 'STARTTLS: the relay does not offer it',
                     security='starttls')

    def test_starttls_refused(self):
        def script(p):
            p.greet('STARTTLS')
            p.want('STARTTLS')
            p.say('454 4.7.0 TLS not available')
            p.end()
        self.refused(script, 'denied', 'TLS not available', security='starttls')

    def test_plain_text_behind_starttls(self):
        """An injected answer, in the same segment or just after it, is never taken for one under TLS."""
        for pause in (0, 0.1):
            with self.subTest(pause=pause):
                def script(p, pause=pause):
                    p.greet('STARTTLS')
                    p.want('STARTTLS')
                    if pause:
                        p.say('220 go on')
                        time.sleep(pause)
                    p.say((b'' if pause else b'220 go on\r\n') + b'250-relay.example\r\n250 AUTH PLAIN\r\n')
                    p.tls(self.certs, 'good')
                    p.hello()
                    p.take()
                answers = self.run_with(script, security='starttls', is_quiet=False)
                self.assertEqual([(a.what, a.outcome) for a in answers], [('open', RETRY)], answers)
                self.assertNotIn('MAIL', ' '.join(self.relay.peers[0].commands))

    def test_offers_before_tls_do_not_count(self):
        """AUTH was offered in plain text only: no password is sent."""
        self.refused(self.starttls('good'), 'denied', 'AUTH: the relay offers neither', security='starttls', user='u', password='p')

    # ---- login

    def login(self, offers, talk):
        def script(p):
            p.tls(self.certs, 'good')
            p.greet(offers)
            said = talk(p)
            p.take()
            p.end()
            return said
        return script

    def test_auth_plain(self):
        def talk(p):
            line = p.want(r'AUTH PLAIN \S+')
            p.say('235 2.7.0 welcome')
            return base64.b64decode(line.split()[2])
        answers = self.run_with(self.login('AUTH LOGIN PLAIN', talk), security='tls', user='ü@example.org', password=b'p\xffs=w \xc3\xb6')
        self.assertEqual(answers[1].outcome, SENT)
        self.assertEqual(self.relay.results, ['\0ü@example.org\0'.encode() + b'p\xffs=w \xc3\xb6'])

    def test_auth_plain_with_long_password(self):
        def talk(p):
            p.want('AUTH PLAIN')
            p.say('334 ')
            line = p.line()
            p.say('235 2.7.0 welcome')
            return base64.b64decode(line)
        answers = self.run_with(self.login('AUTH PLAIN', talk), security='tls', user='u' * 254, password='p' * 254)
        self.assertEqual(answers[1].outcome, SENT)
        self.assertEqual(self.relay.results, [b'\0' + b'u' * 254 + b'\0' + b'p' * 254])

    def test_auth_login(self):
        def talk(p):
            p.want('AUTH LOGIN')
            p.say('334 VXNlcm5hbWU6')
            user = base64.b64decode(p.line())
            p.say('334 UGFzc3dvcmQ6')
            password = base64.b64decode(p.line())
            p.say('235 2.7.0 welcome')
            return user, password
        answers = self.run_with(self.login('AUTH CRAM-MD5 LOGIN', talk), security='tls', user='u', password='p')
        self.assertEqual(answers[1].outcome, SENT)
        self.assertEqual(self.relay.results, [(b'u', b'p')])

    def test_auth_refused(self):
        def script(p):
            p.tls(self.certs, 'good')
            p.greet('AUTH PLAIN')
            p.want(r'AUTH PLAIN \S+')
            p.say('535 5.7.8 wrong')
            p.end()
        answers = self.run_with(script, security='tls', user='u', password='p')
        self.assertEqual([(a.error, a.outcome, a.code, a.enhanced) for a in answers], [('login', RETRY, 535, '5.7.8')])

    def test_auth_never_plain(self):
        answers = self.probe(1, A, user='u', password='p')
        self.assertEqual([(a.error, a.outcome) for a in answers], [('denied', RETRY)])
        self.assertIn('no password is sent without TLS', answers[0].text)

    # ---- what becomes of a mail

    def test_one_refused_among_others(self):
        def script(p):
            p.greet()
            texts = [p.take(), p.take(rcpt='550 5.1.1 <bert@example.org>: user unknown'), p.take()]
            p.end()
            return texts
        answers = self.run_with(script, A, B, C)
        self.assertEqual([(a.error, a.outcome, a.code, a.enhanced) for a in answers[1:]],
                         [('ok', SENT, 250, '2.0.0'), ('ok', FAILED, 550, '5.1.1'), ('ok', SENT, 250, '2.0.0')])
        self.assertEqual(answers[2].text, '<(address)>: user unknown')
        self.assertEqual(self.relay.results, [[MESSAGE, None, MESSAGE]])

    def test_outcomes(self):
        cases = [
            (dict(rcpt='451 4.7.1 greylisted, come back'), RETRY, 451), (dict(rcpt='450 4.2.1 busy'), RETRY, 450),
            (dict(rcpt='251 forwarded'), SENT, 250), (dict(rcpt='252 cannot verify'), SENT, 250), (dict(rcpt='554 5.7.1 no'), FAILED, 554),
            (dict(rcpt='350 what'), RETRY, 350),
            (dict(mail='451 4.3.0 later'), RETRY, 451), (dict(mail='550 5.7.1 sender not allowed'), RETRY, 550),
            (dict(mail='530 5.7.0 authenticate first'), RETRY, 530),
            (dict(data='451 4.3.0 later'), RETRY, 451), (dict(data='554 5.5.1 no'), FAILED, 554),
            (dict(dot='451 4.3.0 later'), RETRY, 451), (dict(dot='552 5.3.4 too big'), FAILED, 552), (dict(dot='554 5.6.0 spam'), FAILED, 554),
            (dict(dot='250'), SENT, 250), (dict(dot='250 '), SENT, 250), (dict(dot='250-a\r\n250-b\r\n250 c'), SENT, 250),
        ]
        for given, outcome, code in cases:
            with self.subTest(given=given):
                def script(p, given=given):
                    p.greet()
                    p.take(**given)
                    p.take()
                    p.end()
                answers = self.run_with(script, A, B)
                self.assertEqual((answers[1].error, answers[1].outcome, answers[1].code), ('ok', outcome, code), answers)
                # The next mail is not harmed.
                self.assertEqual((answers[2].error, answers[2].outcome), ('ok', SENT))

    def test_words_are_made_harmless(self):
        for said, kept in [(b'550 5.1.1 ANNA@example.org unknown', '(address) unknown'), (b'550 5.1.1 user Anna is unknown', 'user (address) is unknown'),
                           (b'550 5.1.1 \xff\xfe\x1b[31m\x07x\x00y', '?? [31m x'), (b'550 5.1.1 a\xe2\x80\xaeb', 'a b'),
                           (b'550-5.1.1 one\r\n550 5.1.1 two', 'one 5.1.1 two'), (b'550 ' + b'\xc3\xa4' * 300, '\xe4' * 128),
                           (b'550 5.1.1 "x@y"<z@w>;mailto:q@r', '"(address)"<(address)>;mailto:(address)')]:
            with self.subTest(said=said):
                def script(p, said=said):
                    p.greet()
                    p.want('MAIL .*')
                    p.say('250 ok')
                    p.want('RCPT .*')
                    p.say(said + b'\r\n')
                    p.want('RSET')
                    p.say('250 ok')
                    p.end()
                answers = self.run_with(script)
                self.assertEqual((answers[1].outcome, answers[1].text), (FAILED, kept))

    def test_421_in_the_middle(self):
        def script(p):
            p.greet()
            p.take()
            p.want('MAIL .*')
            p.say('421 4.3.2 shutting down')
        answers = self.run_with(script, A, B, C)
        self.assertEqual([(a.error, a.outcome, a.code, a.enhanced) for a in answers[1:]],
                         [('ok', SENT, 250, '2.0.0'), ('closed', RETRY, 421, '4.3.2')])

    def test_421_as_greeting(self):
        answers = self.run_with(lambda p: p.say('421 4.7.0 too many'))
        self.assertEqual([(a.error, a.outcome, a.code) for a in answers], [('closed', RETRY, 421)])

    def test_greetings_that_refuse(self):
        for said, code in [('554 5.3.2 no service', 554), ('450 later', 450), ('250 ok', 250), ('220-a\r\n554 b', 554)]:
            with self.subTest(said=said):
                answers = self.run_with(lambda p, said=said: p.say(said), is_quiet=False)
                self.assertEqual([(a.what, a.outcome) for a in answers], [('open', RETRY)], answers)
                if code != 250:
                    self.assertEqual(answers[0].code, code)

    def test_drop_after_the_dot(self):
        """Nobody knows whether the relay took it: tried again, with the same Message-ID."""
        def script(p):
            p.greet()
            p.want('MAIL .*')
            p.say('250 ok')
            p.want('RCPT .*')
            p.say('250 ok')
            p.want('DATA')
            p.say('354 go on')
            return p.message()
        answers = self.run_with(script, A, B)
        self.assertEqual(self.relay.results, [MESSAGE])
        self.assertEqual([(a.what, a.error, a.outcome, a.code) for a in answers[1:]], [('mail', 'closed', RETRY, 0)])
        self.assertEqual(answers[1].text, 'the mail: the connection was lost')

    def test_drops(self):
        """At every other place too."""
        steps = [('EHLO .*', '250 relay.example'), ('MAIL .*', '250 ok'), ('RCPT .*', '250 ok'), ('DATA', '354 go on')]
        for n in range(len(steps) + 1):
            for is_partial in (False, True):
                with self.subTest(n=n, is_partial=is_partial):
                    def script(p, n=n, is_partial=is_partial):
                        if n > 0:
                            p.say('220 relay.example')
                        elif is_partial:
                            p.say(b'220 rel')
                        for i, (want, say) in enumerate(steps[:n]):
                            p.want(want)
                            if i + 1 < n:
                                p.say(say)
                            elif is_partial:
                                p.say(say[:3].encode() + b'-more\r\n2')
                    answers = self.run_with(script)
                    self.assertEqual((answers[-1].error, answers[-1].outcome, answers[-1].code), ('closed', RETRY, 0), answers)

    def test_slow_relay(self):
        """Every byte in time, the answer as a whole not: 60 s, here 1 % of them."""
        def script(p):
            p.greet()
            p.want('MAIL .*')
            for c in '250 slow ' * 20:
                p.say(c.encode())
                time.sleep(0.05)
        answers = self.run_with(script, is_quiet=False, percent=1)
        self.assertEqual([(a.error, a.outcome, a.code) for a in answers[1:]], [('timeout', RETRY, 0)])
        self.assertEqual(answers[1].text, 'MAIL: no answer in time')
        self.assertLess(self.took, 3)

    def test_silent_relay(self):
        for n, text in [(0, 'greeting'), (1, 'EHLO'), (2, 'MAIL')]:
            with self.subTest(text=text):
                def script(p, n=n):
                    if n > 0:
                        p.say('220 relay.example')
                    if n > 1:
                        p.hello()
                    while p.line() is not None:
                        pass
                answers = self.run_with(script, is_quiet=False, percent=1)
                self.assertEqual((answers[-1].error, answers[-1].text), ('timeout', f'{text}: no answer in time'))
                self.assertLess(self.took, 4)

    def test_relay_that_does_not_read(self):
        def script(p):
            p.greet('STARTTLS')
            p.want('STARTTLS')
            p.say('220 go on')
            time.sleep(2)
        answers = self.run_with(script, security='starttls', percent=1)
        self.assertEqual([(a.error, a.text) for a in answers], [('timeout', 'STARTTLS: no answer in time')])

    def test_the_lease_ends(self):
        """Nothing goes on behind the end of the lease, whatever the time-outs say."""
        def script(p):
            p.greet()
            p.want('MAIL .*')
            p.line()
        answers = self.run_with(script, is_quiet=False, percent=100, time_ms=700)
        self.assertEqual((answers[-1].error, answers[-1].outcome), ('timeout', RETRY))
        self.assertLess(self.took, 4)

    def test_oversized_answers(self):
        for said in (b'250 ' + b'x' * 100000 + b'\r\n', b'250-x\r\n' * 20000 + b'250 x\r\n', b'x' * 100000):
            with self.subTest(said=said[:8]):
                def script(p, said=said):
                    p.say('220 relay.example')
                    p.want('EHLO .*')
                    p.say(said)
                answers = self.run_with(script, is_quiet=False)
                self.assertEqual([(a.error, a.outcome, a.text) for a in answers], [('limit', RETRY, 'EHLO: the answer was too long')])

    def test_answers_that_are_none(self):
        for said in (b'\r\n', b'hello\r\n', b'25 ok\r\n', b'-250 ok\r\n', b'099 x\r\n', b'\x00\r\n', b'999 x\r\n', b'4346-x\r\n', b'250-a\r\nhm\r\n'):
            with self.subTest(said=said):
                def script(p, said=said):
                    p.say('220 relay.example')
                    p.want('EHLO .*')
                    p.say(said)
                    p.line()
                answers = self.run_with(script, is_quiet=False)
                self.assertEqual([(a.what, a.error, a.outcome) for a in answers], [('open', 'syntax', RETRY)], answers)
        for said in (b'\r\n', b'hello\r\n', b'-250 ok\r\n', b'4346 x\r\n250 ok\r\n'):
            with self.subTest(rcpt=said):
                def script(p, said=said):
                    p.greet()
                    p.want('MAIL .*')
                    p.say('250 ok')
                    p.want('RCPT .*')
                    p.say(said)
                    p.line()
                answers = self.run_with(script, is_quiet=False)
                self.assertIn((answers[1].what, answers[1].outcome), [('mail', RETRY), ('mail', SENT)])
                self.assertNotEqual((answers[1].outcome, answers[1].error), (FAILED, 'ok'))

    # ---- reaching it

    def test_relay_down(self):
        sock = socket.create_server(('127.0.0.1', 0))
        port = sock.getsockname()[1]
        sock.close()
        answers = self.probe(port, A)
        self.assertEqual([(a.error, a.outcome, a.text) for a in answers], [('unavailable', RETRY, 'connecting: not reachable')])

    def test_no_such_host(self):
        answers = self.probe(25, A, host='nowhere.invalid', security='tls')
        self.assertEqual(answers[0].outcome, RETRY)
        self.assertIn(answers[0].error, ('not-found', 'unavailable'))

    def test_plain_only_to_this_machine(self):
        answers = self.probe(25, A, host='192.0.2.1')
        self.assertEqual([(a.error, a.text) for a in answers], [('denied', 'connecting: plain connections go to this machine only')])

    def test_by_name(self):
        def script(p):
            p.greet()
            p.take()
        answers = self.run_with(script, host='localhost')
        self.assertEqual(answers[1].outcome, SENT)

    @unittest.skipUnless(socket.has_ipv6, 'no IPv6')
    def test_ipv6(self):
        def script(p):
            p.greet()
            p.take()
        try:
            relay = Relay(script, host='::1')
        except OSError:
            self.skipTest('no IPv6 loopback')
        answers = self.probe(relay.port, A, host='::1')
        self.assertEqual(relay.close(), [])
        self.assertEqual(answers[1].outcome, SENT)

    # ---- addresses with letters outside ASCII

    def test_smtputf8(self):
        def script(p):
            p.greet('SMTPUTF8', '8BITMIME')
            p.take()
            p.take()
            p.end()
        answers = self.run_with(script, 'jürgen@example.org', A)
        self.assertEqual([a.outcome for a in answers[1:]], [SENT, SENT])
        self.assertEqual([c for c in self.relay.peers[0].commands if c.startswith(('MAIL', 'RCPT'))],
                         ['MAIL FROM:<dienst@provision.example> BODY=8BITMIME SMTPUTF8', 'RCPT TO:<jürgen@example.org>',
                          'MAIL FROM:<dienst@provision.example>', f'RCPT TO:<{A}>'])

    def test_smtputf8_not_offered(self):
        def script(p):
            p.greet('8BITMIME')
            p.take()
            p.end()
        answers = self.run_with(script, 'jürgen@example.org', A)
        self.assertEqual([(a.error, a.outcome, a.enhanced) for a in answers[1:3]], [('ok', FAILED, '5.6.7'), ('ok', SENT, '2.0.0')])

    def test_idn_needs_nothing(self):
        def script(p):
            p.greet()
            p.take()
            p.end()
        answers = self.run_with(script, 'anna@bücher.example')
        self.assertEqual(answers[1].outcome, SENT)
        self.assertIn('RCPT TO:<anna@xn--bcher-kva.example>', self.relay.peers[0].commands)

    def test_a_server_of_others(self):
        """aiosmtpd: STARTTLS with a good certificate, and what it took is what was sent."""
        python = next((p for p in (sys.executable, '/usr/bin/python3')
                       if subprocess.run([p, '-c', 'import aiosmtpd'], capture_output=True).returncode == 0), None)
        if python is None:
            self.skipTest('no aiosmtpd')
        with socket.create_server(('127.0.0.1', 0)) as sock:
            port = sock.getsockname()[1]
        box = f'{self.certs}/box'
        server = subprocess.Popen([python, '-m', 'aiosmtpd', '-n', '-l', f'127.0.0.1:{port}', '-c', 'aiosmtpd.handlers.Mailbox', box,
                                   '--tlscert', f'{self.certs}/good.crt', '--tlskey', f'{self.certs}/good.key'],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), 1):
                    break
                time.sleep(0.1)
            answers = self.probe(port, A, B, security='starttls', percent=100)
        finally:
            server.kill()
            server.wait()
        self.assertEqual([(a.error, a.outcome, a.code) for a in answers[1:]], [('ok', SENT, 250)] * 2, answers)
        bodies = []
        for name in os.listdir(f'{box}/new'):
            with open(f'{box}/new/{name}', 'rb') as f:
                bodies.append(f.read().split(b'\n\n', 1)[1])
        self.assertEqual(bodies, [MESSAGE.split(b'\r\n\r\n', 1)[1].replace(b'\r\n', b'\n')] * 2)

    def test_many(self):
        """A full batch over one connection."""
        def script(p):
            p.greet()
            for _ in range(100):
                p.take()
            p.end()
        answers = self.run_with(script, *[f'p{i}@example.org' for i in range(100)])
        self.assertEqual([a.outcome for a in answers[1:]], [SENT] * 100)
        self.assertEqual(len(self.relay.peers), 1)


if __name__ == '__main__':
    result = unittest.main(exit=False, verbosity=1).result
    failed = len({getattr(t, 'test_case', t).id() for t, _ in result.failures + result.errors})
    print(f'{max(0, result.testsRun - failed)} passed, {failed} failed')
    sys.exit(1 if failed else 0)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The courier as a process, in its jail, between a store and a relay: F1 (src/courier/courier.h)."""
import email
import email.policy
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from relay import Relay   # noqa: E402

BUILD = os.environ.get('TOP_BUILDDIR', '../build')
COURIER = os.path.join(BUILD, 'src/provision-courier')
CONDUCTOR = os.path.join(BUILD, 'tests/courier/conductor')
PROBE = os.path.join(BUILD, 'tests/courier/probe')
IS_JAILED = os.environ.get('NO_JAIL', '') != '1'
VERIFY, EXISTS, PACKAGE, ASKED, DECIDED, ENDED = range(1, 7)
SENT, RETRY, FAILED = 1, 2, 3
CONF = dict(url='https://provision.example', mail_domain='provision.example', operator_mail='operator@example.org',
            master_key_file='/nonexistent', certificate_file='/nonexistent', private_key_file='/nonexistent',
            service_name='Vorsorge & Söhne')


def job(kind=PACKAGE, to='anna@example.org', locale='de', name='Anna Groß', peer='Müller GmbH', link='https://provision.example/p/abc',
        message_id='m1@provision.example', sender='b.abc@provision.example'):
    return '\t'.join([str(kind), locale, to, name, peer, link, message_id, sender]) + '\n'


class Run:
    def __init__(self, conf, jobs, *options, is_jailed=IS_JAILED):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        fd = theirs.fileno()
        log = tempfile.TemporaryFile()
        start = time.monotonic()
        courier = subprocess.Popen([COURIER], stderr=log, pass_fds=(3,), preexec_fn=lambda: os.dup2(fd, 3, inheritable=True))
        theirs.close()
        args = [CONDUCTOR, str(ours.fileno()), conf, 'unjailed', '0' if is_jailed else '1', *map(str, options)]
        done = subprocess.run(args, input=''.join(jobs).encode(), stdout=subprocess.PIPE, pass_fds=(ours.fileno(),), timeout=90)
        ours.close()
        self.exit = courier.wait(20)
        self.took = time.monotonic() - start
        with log:
            log.seek(0)
            self.log = log.read().decode()
        self.conductor_exit = done.returncode
        self.lines = done.stdout.decode().splitlines()
        self.results = [self.result(line) for line in self.lines if line.startswith('result ')]
        self.ping_ms = max([int(line.split()[1]) for line in self.lines if line.startswith('ping ')], default=None)

    @staticmethod
    def result(line):
        _, number, outcome, code, enhanced, text = line.split(' ', 5)
        return int(number), int(outcome), int(code), enhanced, text


class Role(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        os.chmod(cls.dir.name, 0o755)
        subprocess.run([PROBE, 'certs', cls.dir.name], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def conf(self, port, name='conf', **more):
        path = f'{self.dir.name}/{name}'
        with open(path, 'w') as f:
            f.write(f'relay_port = {port}\n' + ''.join(f'{k} = "{v}"\n' for k, v in {**CONF, **more}.items()))
        return path

    def run_role(self, scripts, jobs, *options, **conf):
        relay = Relay(*scripts)
        run = Run(self.conf(relay.port, **conf), jobs, *options)
        run.errors, run.relay = relay.close(), relay
        self.assertEqual(run.conductor_exit, 0, run.log)
        return run

    def clean(self, run, exit=0):
        self.assertEqual(run.exit, exit, run.log)
        self.assertNotRegex(run.log, r'sanitizer|runtime error|panic')

    def no_person(self, run):
        """Ids only: no address, no name, no link, no code, no word of the relay's."""
        for word in ('@', 'anna', 'Anna', 'Gro', 'ller', '/p/abc', '123-456', 'queued'):
            self.assertNotIn(word, run.log)

    def test_one_mail(self):
        def script(p):
            p.greet()
            text = p.take()
            p.end()
            return text
        run = self.run_role([script], [job()])
        self.clean(run)
        self.assertEqual(run.errors, [])
        self.assertEqual(sorted(run.lines[:3]), ['configured', 'lease', 'ready'])
        self.assertEqual('unjailed' not in run.log, IS_JAILED)
        self.assertEqual(run.results, [(1, SENT, 250, '2.0.0', 'Ok: queued as 4711')])
        self.assertEqual(run.lines[-1], 'gone')
        message = email.message_from_bytes(run.relay.results[0], policy=email.policy.SMTP)
        self.assertEqual(message['Message-ID'], '<m1@provision.example>')
        self.assertEqual(message['From'].addresses[0].addr_spec, 'no-reply@provision.example')
        self.assertEqual(message['From'].addresses[0].display_name, 'Vorsorge & Söhne')
        self.assertEqual(message['To'].addresses[0].addr_spec, 'anna@example.org')
        self.assertEqual(message['Subject'], 'Müller GmbH hat Ihnen Dateien geschickt')
        text = message.get_payload()[0].get_content()
        self.assertIn('Guten Tag Anna Groß,', text)
        self.assertIn('https://provision.example/p/abc', text)
        self.assertIn('MAIL FROM:<b.abc@provision.example>', run.relay.peers[0].commands)
        self.no_person(run)
        self.assertIn('outcome=sent', run.log)

    def test_every_kind(self):
        kinds = [(kind, locale) for kind in range(VERIFY, ENDED + 1) for locale in ('de', 'en')]

        def script(p):
            p.greet()
            texts = [p.take() for _ in kinds]
            p.end()
            return texts
        run = self.run_role([script], [job(kind=k, locale=l, message_id=f'm{k}{l}@provision.example') for k, l in kinds])
        self.clean(run)
        self.assertEqual([r[:3] for r in run.results], [(i + 1, SENT, 250) for i in range(len(kinds))])
        subjects = {email.message_from_bytes(t, policy=email.policy.SMTP)['Subject'] for t in run.relay.results[0]}
        self.assertEqual(len(subjects), len(kinds))
        self.no_person(run)

    def test_bad_jobs_among_good(self):
        def script(p):
            p.greet()
            p.take()
            p.take()
            p.end()
        run = self.run_role([script], [job(), job(to='no address'), job(link=''), job(locale='fr'), job(message_id='x y'), job(sender='x'), job()])
        self.clean(run)
        self.assertEqual([r[1] for r in run.results], [SENT, FAILED, FAILED, FAILED, FAILED, FAILED, SENT])
        self.assertEqual(run.results[1][4], 'not sent: a part of it is missing or malformed')

    def test_tls_and_login(self):
        def script(p):
            p.greet('STARTTLS')
            p.want('STARTTLS')
            p.say('220 go on')
            p.tls(self.dir.name, 'good')
            p.hello('AUTH PLAIN')
            p.want('AUTH PLAIN AHUAcMO2')   # \0u\0pö
            p.say('235 2.7.0 welcome')
            p.take()
            p.end()
        run = self.run_role([script], [job()], 'user', 'u', 'password', 'pö', relay_security='starttls', relay_name='relay.example',
                            ca_file=f'{self.dir.name}/ca.crt')
        self.clean(run)
        self.assertEqual((run.errors, [r[1] for r in run.results]), ([], [SENT]))
        self.assertNotIn('pö', run.log)

    def test_wrong_certificate(self):
        run = self.run_role([lambda p: p.tls(self.dir.name, 'name')], [job(), job()], relay_security='tls', relay_name='relay.example',
                            ca_file=f'{self.dir.name}/ca.crt')
        self.clean(run)
        self.assertEqual([r[:3] for r in run.results], [(1, RETRY, 0), (2, RETRY, 0)])
        self.assertIn('the certificate was refused', run.results[0][4])

    def test_relay_by_name(self):
        """The resolver works in the jail, and what it may not have is not its death."""
        def script(p):
            p.tls(self.dir.name, 'good')
            p.greet()
            p.take()
            p.end()
        run = self.run_role([script], [job()], relay_host='localhost', relay_security='tls', relay_name='relay.example',
                            ca_file=f'{self.dir.name}/ca.crt')
        self.clean(run)
        self.assertEqual([r[1] for r in run.results], [SENT])

    def test_unknown_name(self):
        run = Run(self.conf(25, relay_host='nowhere.invalid', relay_security='tls', ca_file=f'{self.dir.name}/ca.crt'), [job()])
        self.clean(run)
        self.assertEqual([r[1] for r in run.results], [RETRY])
        self.assertRegex(run.results[0][4], '^connecting: ')

    def test_relay_goes_in_the_middle(self):
        """What was sent is reported as sent, what was in hand is tried later, the rest goes over another connection."""
        def script(p):
            p.greet()
            p.take()
            p.want('MAIL .*')
            p.say('421 4.3.2 shutting down')
        def again(p):
            p.greet()
            p.take()
            p.end()
        run = self.run_role([script, again], [job(), job(), job()])
        self.clean(run)
        self.assertEqual([r[:4] for r in run.results], [(1, SENT, 250, '2.0.0'), (2, RETRY, 421, '4.3.2'), (3, SENT, 250, '2.0.0')])

    def test_relay_that_takes_nothing(self):
        """It gets one mail and no other of this batch; all share the reason."""
        def script(p):
            p.greet()
            p.want('MAIL .*')
            p.say('421 4.3.2 shutting down')
        run = self.run_role([script], [job(), job(), job()])
        self.clean(run)
        self.assertEqual([r[:4] for r in run.results], [(i, RETRY, 421, '4.3.2') for i in (1, 2, 3)])

    def test_several_relays(self):
        """The first that can be used gets the mails; the next one what is left when it goes."""
        def refuse(p):
            p.say('554 5.3.2 no service')
            p.end()

        def short(p):
            p.greet()
            p.take()
            p.want('MAIL .*')
            p.say('421 4.3.2 shutting down')

        def good(p):
            p.greet()
            p.take()
            p.end()
        with socket.create_server(('127.0.0.1', 0)) as closed:
            down = closed.getsockname()[1]
        others = [Relay(short, refuse), Relay(good)]
        run = self.run_role([refuse], [job(), job(), job()],
                            relay_fallback=f'127.0.0.1:{down} ' + ' '.join(f'127.0.0.1:{r.port}' for r in others))
        self.clean(run)
        self.assertEqual([r[:2] for r in run.results], [(1, SENT), (2, RETRY), (3, SENT)])
        self.assertEqual([e for r in others for e in r.close()], [])

    def test_relay_that_says_nothing(self):
        """Where there is another one, it is not waited for a minute."""
        other = Relay(lambda p: (p.greet(), p.take(), p.end()))
        run = self.run_role([lambda p: p.end()], [job()], relay_fallback=f'127.0.0.1:{other.port}')
        self.clean(run)
        self.assertEqual([r[1] for r in run.results], [SENT])
        self.assertLess(run.took, 15)
        other.close()

    def test_results_come_as_mails_are_settled(self):
        def script(p):
            p.greet()
            for _ in range(3):
                time.sleep(0.4)
                p.take()
            p.end()
        run = self.run_role([script], [job(), job(), job()])
        self.clean(run)
        self.assertEqual([r[:2] for r in run.results], [(1, SENT), (2, SENT), (3, SENT)])
        # The process answers its supervisor while it sends.
        self.assertLess(run.ping_ms, 300)

    def test_store_is_replaced(self):
        """A report that got no answer is made again over the new link: no result is lost."""
        def script(p):
            p.greet()
            p.take()
            time.sleep(0.5)
            p.take()
            p.end()
        run = self.run_role([script], [job(), job()], 'lose', 1)
        self.clean(run)
        self.assertIn('lost', run.lines)
        self.assertIn('told', run.lines)
        self.assertEqual([r[:2] for r in run.results], [(1, SENT), (2, SENT)])

    def test_store_refuses_a_report(self):
        def script(p):
            p.greet()
            p.take()
            p.end()
        run = self.run_role([script], [job()], 'refuse', 1)
        self.clean(run)
        self.assertEqual(len(run.results), 1)

    def test_lease_is_over(self):
        """Nothing is begun at the end of a lease; such mails have no result."""
        run = Run(self.conf(1), [job()], 'lease', 6000, 'stop', 500)
        self.clean(run)
        self.assertIn('lease', run.lines)
        self.assertEqual(run.results, [])

    def test_stop_while_waiting(self):
        run = Run(self.conf(1), [job()], 'stop', 1)
        self.clean(run)
        self.assertIn('stopping', run.lines)

    def test_stop_finishes_the_mail_in_hand(self):
        def script(p):
            p.greet()
            p.take()
            p.want('MAIL .*')
            p.say('250 ok')
            p.want('RCPT .*')
            time.sleep(1.5)
            p.say('250 ok')
            p.want('DATA')
            p.say('354 go on')
            p.message()
            p.say('250 2.0.0 ok')
            p.end()
        run = self.run_role([script], [job(), job(), job()], 'stop', 1000)
        self.clean(run)
        self.assertEqual(run.errors, [])
        self.assertEqual([r[:2] for r in run.results], [(1, SENT), (2, SENT)])

    def test_reload(self):
        """The batch goes on as it began."""
        def script(p):
            p.greet()
            p.take()
            time.sleep(0.5)
            p.take()
            p.end()
        other = self.conf(1, name='other', service_name='Other')
        run = self.run_role([script], [job(), job()], 'reload', other)
        self.clean(run)
        self.assertIn('reloaded', run.lines)
        self.assertEqual([r[1] for r in run.results], [SENT, SENT])

    def test_authorities_cannot_be_read(self):
        run = Run(self.conf(1, relay_security='tls', ca_file=f'{self.dir.name}/missing.crt'), [job()])
        self.assertNotEqual(run.exit, 0)
        self.assertIn('authorities', run.log)
        self.assertNotIn('lease', run.lines)


if __name__ == '__main__':
    result = unittest.main(exit=False, verbosity=1).result
    failed = len({getattr(t, 'test_case', t).id() for t, _ in result.failures + result.errors})
    print(f'{max(0, result.testsRun - failed)} passed, {failed} failed')
    sys.exit(1 if failed else 0)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every mail of ours, read back by an independent parser (Python's email package): F1, C5, A1."""
import email
import email.header
import email.policy
import email.utils
import html
import html.parser
import os
import quopri
import re
import subprocess
import sys
import tempfile
import unittest

DUMP = os.path.join(os.environ.get('TOP_BUILDDIR', '../build'), 'tests/mail/dump')
KINDS = subprocess.run([DUMP, 'kinds'], capture_output=True, check=True).stdout.decode().split()
SOURCES = os.path.join(os.environ.get('TOP_SRCDIR', '..'), 'conf/mail')
sys.path.insert(0, os.path.join(os.environ.get('TOP_SRCDIR', '..'), 'tests/scenario'))
from naughty import TEXTS  # noqa: E402 pylint: disable=wrong-import-position


def says(kind, field):
    """Whether the source of a mail has this in it, in both languages alike."""
    there = {field in open(f'{SOURCES}/{kind}.{locale}', encoding='utf-8').read() for locale in ('de', 'en')}
    assert len(there) == 1, (kind, field)
    return there.pop()


WITH_PEER = [k for k in KINDS if says(k, '{peer}')]
WITH_CODE = [k for k in KINDS if says(k, '{code}')]
WITH_LINK = [k for k in KINDS if says(k, '\n[')]
WITH_TEXTS = [k for k in KINDS if says(k, '{texts}')]
LINK = 'https://provision.example/p/abcdefghij234567?a=1&b=%C3%A4'
CODE = 'K7QM-2RXW-9TPA'
UNTIL_MS = 1804291200000   # 2027-03-06 00:00 UTC
SAID = (('Olga Owner', 'Grüße,\n\n  eingerückt\n-- \nProvision'), ('', 'Ende\n'))
UNSUBSCRIBE = 'https://provision.example/u/' + 'a2' * 26
DATE_MS = 1798761599123   # 2026-12-31 23:59:59.123 UTC, a Thursday


def make(kind='package', locale='de', name='Anna Schmidt', peer='Müller & Söhne GmbH', link=LINK, code=CODE,
         service='Provision', to='anna@example.org', sender='dienst@provision.example',
         message_id='abc234.1@provision.example', date_ms=DATE_MS, zone_s=0, until_ms=UNTIL_MS, unsubscribe='', said=SAID):
    args = [DUMP, kind, locale, str(date_ms), str(zone_s), message_id, sender, to, name, peer, link, code, service,
            str(until_ms), unsubscribe]
    with tempfile.TemporaryDirectory() as folder:
        for i, (author, text) in enumerate(said if kind in WITH_TEXTS else ()):
            args += [author, f'{folder}/{i}']
            with open(args[-1], 'wb') as out:
                out.write(text if isinstance(text, bytes) else text.encode())
        return subprocess.run([os.fsencode(a) if isinstance(a, str) else a for a in args], capture_output=True)


def raw(**given):
    done = make(**given)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return done.stdout


def parsed(**given):
    return email.message_from_bytes(raw(**given), policy=email.policy.SMTP)


class Reader(html.parser.HTMLParser):
    """Text, tags and attributes of a page."""
    def __init__(self, page):
        super().__init__()
        self.tags, self.words, self.hidden = [], '', 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.hidden += tag in ('style', 'title')
        self.words += '\n' if tag in ('p', 'br', 'div') else ''

    def handle_endtag(self, tag):
        self.hidden -= tag in ('style', 'title')

    def handle_data(self, data):
        if not self.hidden:
            self.words += data.replace('\n', ' ')


def bodies(message):
    text, page = message.get_payload()
    return text.get_content().replace('\r\n', '\n'), page.get_content().replace('\r\n', '\n')


def mailbox(message, field):
    """The one name and address of a field. The older parser: the newer one of Python 3.11 leaves blanks between the
    encoded-words of a name."""
    (name, address), = email.utils.getaddresses([message[field].replace('\r\n', '')])
    return str(email.header.make_header(email.header.decode_header(name))), address


class Mails(unittest.TestCase):
    maxDiff = None

    def test_form_of_all(self):
        """Seven-bit, CRLF, short lines, the fields that belong there, once each, and two parts."""
        for kind in KINDS:
            for locale in ('de', 'en'):
                with self.subTest(kind=kind, locale=locale):
                    data = raw(kind=kind, locale=locale)
                    self.assertTrue(data.isascii())
                    self.assertEqual(data.count(b'\n'), data.count(b'\r\n'))
                    self.assertEqual(data.count(b'\r'), data.count(b'\r\n'))
                    self.assertTrue(data.endswith(b'\r\n'))
                    self.assertLessEqual(max(map(len, data.split(b'\r\n'))), 76)
                    # No character is divided between two lines.
                    for line in data.split(b'\r\n'):
                        quopri.decodestring(line).decode('utf-8')
                    message = email.message_from_bytes(data, policy=email.policy.SMTP)
                    self.assertEqual(message.defects, [])
                    self.assertEqual(message.keys(), ['From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted',
                                                      'Content-Language', 'MIME-Version', 'Content-Type'])
                    self.assertEqual(str(message['From']), 'Provision <dienst@provision.example>')
                    self.assertEqual(str(message['To']), 'Anna Schmidt <anna@example.org>')
                    self.assertEqual(message['Date'], 'Thu, 31 Dec 2026 23:59:59 +0000')
                    self.assertEqual(message['Date'].datetime.timestamp(), DATE_MS // 1000)
                    self.assertEqual(message['Message-ID'], '<abc234.1@provision.example>')
                    self.assertEqual(message['Auto-Submitted'], 'auto-generated')
                    self.assertEqual(message['Content-Language'], locale)
                    self.assertEqual(message.get_content_type(), 'multipart/alternative')
                    parts = message.get_payload()
                    self.assertEqual([p.get_content_type() for p in parts], ['text/plain', 'text/html'])
                    for part in parts:
                        self.assertEqual(part.defects, [])
                        self.assertEqual(part.get_content_charset(), 'utf-8')
                        self.assertEqual(part['Content-Transfer-Encoding'], 'quoted-printable')

    def test_exact_text(self):
        text, _ = bodies(parsed())
        self.assertEqual(text, f'''Guten Tag Anna Schmidt,

Müller & Söhne GmbH hat Ihnen über Provision verschlüsselte Dateien
geschickt.

Dateien abholen:

    {LINK}

Zum Abholen melden Sie sich mit Ihrem Passwort an; der Link allein
öffnet nichts. Die Dateien liegen bis zum 6. März 2027 bereit.

Kommen weitere hinzu, melden wir das erst wieder, wenn Sie nachgesehen
haben.

-- 
Provision
Diese E-Mail wurde automatisch verschickt. Nach Ihrem Passwort oder
Ihrem Wiederherstellungscode fragen wir nie per E-Mail.
''')
        self.assertEqual(parsed()['Subject'], 'Müller & Söhne GmbH hat Ihnen Dateien geschickt')
        text, _ = bodies(parsed(kind='verify', locale='en'))
        self.assertEqual(text, f'''Hello Anna Schmidt,

This code confirms your e-mail address for Provision:

    {CODE}

Enter it where you are asked for it. It is valid for 24 hours.

How to do that:

    {LINK}

You did not ask for this? Then somebody entered your address, most
likely by mistake. Do not pass the code on; there is nothing else you
need to do. Without the code nothing happens, and the request is deleted
after 24 hours.

-- 
Provision
This e-mail was sent automatically. We never ask by e-mail for your
password or your recovery code.
''')

    def test_text_and_page_say_the_same(self):
        for kind in KINDS:
            for locale in ('de', 'en'):
                with self.subTest(kind=kind, locale=locale):
                    text, page = bodies(parsed(kind=kind, locale=locale))
                    reader = Reader(page)
                    for needle in (['Anna Schmidt', 'Provision'] + (['Müller & Söhne GmbH'] if kind in WITH_PEER else [])
                                   + ([CODE] if kind in WITH_CODE else []) + ([LINK] if LINK in text else [])):
                        self.assertIn(needle, text)
                        self.assertIn(needle, reader.words)
                    links = [a['href'] for t, a in reader.tags if t == 'a']
                    self.assertEqual(links, [LINK] * 2 if kind in WITH_LINK else [])   # once as a button, once to copy
                    self.assertEqual([a.get('lang') for t, a in reader.tags if t == 'html'], [locale])
                    # Nothing from elsewhere, nothing that counts readers, nothing that runs; tables only for how it looks.
                    self.assertFalse({t for t, _ in reader.tags} & {'img', 'script', 'link', 'iframe', 'object', 'form',
                                                                     'input', 'base', 'svg', 'video'})
                    self.assertEqual({a.get('role') for t, a in reader.tags if t == 'table'}, {'presentation'})
                    # Clients that drop the style sheet still find it at each element.
                    for tag, attributes in reader.tags:
                        if tag in ('p', 'a', 'td', 'body'):
                            self.assertIn('style', attributes, (tag, attributes))
                    self.assertEqual(re.findall(r'url\(|@import|expression|javascript:', page), [])
                    self.assertFalse(set('{}') & set(text))
                    self.assertNotIn('{', reader.words)
                    self.assertLessEqual(max(map(len, text.split('\n'))), 72)

    def test_texts(self):
        """In order, each with who and when; every line indented in plain text, none of them one of ours."""
        for locale, first, second in (('de', '31. Dezember 2026, 23:59', '1. Januar 2027, 00:00'),
                                      ('en', '31 December 2026, 23:59', '1 January 2027, 00:00')):
            text, page = bodies(parsed(kind='texts', locale=locale))
            self.assertIn(f':\n\nMüller & Söhne GmbH, Olga Owner, {first}:\n\n  Grüße,\n\n    eingerückt\n  -- \n  Provision\n\n'
                          f'Müller & Söhne GmbH, {second}:\n\n  Ende\n\n', text)
            self.assertEqual(re.findall(r'pre-wrap">(.*?)</div>', page), ['Grüße,<br><br>  eingerückt<br>-- <br>Provision', 'Ende'])
            self.assertEqual([a.get('dir') for t, a in Reader(page).tags if t == 'div'], ['auto', 'auto'])

    def test_hostile_texts(self):
        """Whatever somebody writes: no field, tag or line of the mail's own more, and nothing lost but controls and kinds of line ends."""
        plain = parsed(kind='texts', said=(('Olga', 'x'),))
        tags = [(t, a.get('href')) for t, a in Reader(bodies(plain)[1]).tags]
        for name, written in TEXTS + [('our own boundary', '--=_part_of_this_mail--\n\n--=_part_of_this_mail'), ('our own lines', '{link}{each}')]:
            with self.subTest(name=name):
                data = raw(kind='texts', said=(('Olga', written),))
                self.assertTrue(data.isascii())
                self.assertLessEqual(max(map(len, data.split(b'\r\n'))), 76)
                message = email.message_from_bytes(data, policy=email.policy.SMTP)
                self.assertEqual((message.defects, message.items()), ([], plain.items()))
                text, page = bodies(message)
                said = re.split(r':\n\n', text, maxsplit=2)[2].split('\nUnterhaltung öffnen:\n')[0]
                lines = re.split('\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]', written)
                lines = [re.sub(r'[\x00-\x08\x0e-\x1f\x7f-\x9f]', '', line) for line in lines]
                while lines and lines[-1] == '':
                    lines.pop()
                self.assertEqual(said.split('\n')[:-1], ['  ' + line if line else '' for line in lines])
                html_of = page.split('pre-wrap">')[1].split('</div>')[0]
                self.assertEqual(html_of.replace('<br>', '\n'), html.escape('\n'.join(lines)).replace('&#x27;', '&#39;'))
                rest = page.replace(html_of, 'x', 1)
                self.assertEqual([(t, a.get('href')) for t, a in Reader(rest).tags], tags)

    def test_texts_that_are_refused(self):
        for said, error in [((), b'syntax\n'), ((('Olga', b'\xff'),), b'syntax\n'), ((('Olga', 'x' * 65537),), b'limit\n'),
                            ((('Olga', b'\xc0\xaf'),), b'syntax\n'), (((b'\xff', 'x'),), b'syntax\n')]:
            self.assertEqual(make(kind='texts', said=said).stderr, error)
        self.assertEqual(make(kind='texts', said=(('Olga', '&' * 65536),)).returncode, 0)
        self.assertEqual(make(kind='texts', said=(('Olga', '=\n' * 32768),)).returncode, 0)

    def test_names(self):
        """Names of people come out as they are, whatever letters they have."""
        for name in ['Jürgen Groß', 'Zoë Łukasiewicz', '李小龙', 'Анна Каренина', 'Ngọc Ánh', "Seán O'Brien", 'Dr. Anna Schmidt',
                     'Anna "Änni" Schmidt', 'Schmidt, Anna', 'Anna (Büro) Schmidt', 'Åsa 👩‍💻 Ödegård', 'محمد علي',
                     'A' * 60, 'Ä' * 38 + ' ' + 'Ö', 'J.R. Ewing']:
            with self.subTest(name=name):
                data = raw(name=name)
                self.assertLessEqual(max(map(len, data.split(b'\r\n'))), 76)
                message = email.message_from_bytes(data, policy=email.policy.SMTP)
                self.assertEqual(mailbox(email.message_from_bytes(data), 'To'), (name, 'anna@example.org'))
                self.assertEqual(bodies(message)[0].split('\n\n')[0].replace('\n', ' '), f'Guten Tag {name},')
                self.assert_words_whole(data)

    def assert_words_whole(self, data):
        """Every encoded-word is valid UTF-8 by itself and at most 75 characters long."""
        head = data.split(b'\r\n\r\n')[0]
        for word in re.findall(rb'=\?[^ \r\n]+\?=', head):
            self.assertLessEqual(len(word), 75)
            charset, how, text = re.fullmatch(rb'=\?([^?]+)\?([^?]+)\?([^?]*)\?=', word).groups()
            self.assertEqual((charset, how), (b'UTF-8', b'Q'))
            bytes_of = re.sub(rb'=(..)', lambda m: bytes([int(m[1], 16)]), text.replace(b'_', b' '))
            bytes_of.decode('utf-8')
        # A blank between an encoded-word and a plain one belongs to the text: there is none of that here.
        self.assertIsNone(re.search(rb'\?= +[^ =\r\n<]', head))

    def test_long_subjects(self):
        for peer in ['Gesellschaft für außergewöhnlich lange Firmennamen und Übergrößen mbH & Co. Kommanditgesellschaft auf Aktien',
                     'The Company With A Very Long Name And Nothing But Letters Of The Plain English Alphabet In It Limited',
                     'W' * 150, '🦊' * 50, '=?UTF-8?Q?evil?=', 'x' + ' y' * 90, 'ß' * 100]:
            with self.subTest(peer=peer):
                data = raw(peer=peer)
                self.assertLessEqual(max(map(len, data.split(b'\r\n'))), 76)
                message = email.message_from_bytes(data, policy=email.policy.SMTP)
                self.assertEqual(message['Subject'], f'{peer} hat Ihnen Dateien geschickt')
                self.assert_words_whole(data)

    def test_plain_headers_stay_readable(self):
        data = raw(locale='en', peer='Example Ltd', name='Anna Schmidt')
        self.assertIn(b'\r\nSubject: Example Ltd has sent you files\r\n', data)
        self.assertIn(b'\r\nTo: Anna Schmidt <anna@example.org>\r\n', data)
        self.assertNotIn(b'=?', data)

    def test_nothing_can_be_injected(self):
        """Line ends, quotes, encoded-words, tags: in every field, and always only text."""
        evil = ['\r\nBcc: x@example.org\r\n\r\nbody', 'a\nb', 'a\rb', 'a\u2028b', '"><script>alert(1)</script>', "' onclick='x",
                '=?UTF-8?Q?=0D=0ABcc:_x@example.org?=', '<a href="https://evil.example">x</a>', '&lt;b&gt;', '{link}', '{if name}',
                '\u202egpj.exe', '\u200b\ufeff x', '<x@example.org>', 'a, b@example.org', '--=_part_of_this_mail--', '.', '..', 'From x']
        for text in evil:
            for field in ('name', 'peer', 'service'):
                with self.subTest(text=text, field=field):
                    data = raw(**{field: 'Z ' + text})
                    plain = parsed()
                    message = email.message_from_bytes(data, policy=email.policy.SMTP)
                    self.assertEqual(message.defects, [])
                    self.assertEqual(message.keys(), plain.keys())
                    self.assertEqual([a.addr_spec for a in message['To'].addresses], ['anna@example.org'])
                    self.assertEqual([a.addr_spec for a in message['From'].addresses], ['dienst@provision.example'])
                    body, page = bodies(message)
                    self.assertEqual([(t, a.get('href')) for t, a in Reader(page).tags],
                                     [(t, a.get('href')) for t, a in Reader(bodies(parsed(
                                         name='' if 'Guten Tag,' in body else 'Z'))[1]).tags])
                    for c in '\u202e\u200b\ufeff\u2028\r':
                        self.assertNotIn(c, body + page)
                        self.assertNotIn(c, message['Subject'])

    def test_a_stranger_cannot_advertise(self):
        """What looks like a link or a number is not repeated to an address that somebody else may have given."""
        for name in ['Besuchen Sie www.evil.example', 'http://evil.example/', 'evil.example', 'ruf 0900-123456 an', 'x@evil.example',
                     'gewonnen ' * 12]:
            with self.subTest(name=name):
                message = parsed(kind='verify', name=name)
                text, page = bodies(message)
                self.assertEqual(mailbox(message, 'To'), ('', 'anna@example.org'))
                self.assertTrue(text.startswith('Guten Tag,\n'))
                self.assertNotIn('evil', text + page)
                self.assertNotIn('0900', text + page)

    def test_without_name_and_link(self):
        for kind in KINDS:
            text, page = bodies(parsed(kind=kind, name='', link=LINK if kind in WITH_LINK else ''))
            self.assertTrue(text.startswith('Guten Tag,\n\n'))
            self.assertNotIn('\n\n\n', text)
            self.assertNotIn('href=""', page)
        self.assertEqual(str(parsed(name='')['To']), 'anna@example.org')

    def test_missing_or_bad_fields(self):
        """What a template needs and does not get is an error, not a hole in the text."""
        for given in [dict(link=''), dict(peer=''), dict(service=''), dict(peer='\u200b'), dict(kind='verify', code=''),
                      dict(kind='verify', code='12 <b>'), dict(kind='verify', code='1\u200b2'), dict(link='http://provision.example/'),
                      dict(link='https://'), dict(link='https:///x'), dict(link='https://a@b/'), dict(link='https://a/"'),
                      dict(link="https://a/'"), dict(link='https://a/ b'), dict(link='https://a/<'), dict(link='https://a/\n'),
                      dict(link='javascript:x'), dict(link='https://ä.de/'), dict(link=b'https://a/\xff'), dict(name=b'\xff'),
                      dict(peer=b'\xc0\xaf'), dict(message_id='a'), dict(message_id='a@b@c'), dict(message_id='a@b\r\nX: y'),
                      dict(message_id='<a@b>'), dict(message_id='@b'), dict(message_id='a@'), dict(message_id='a..b@c'),
                      dict(message_id=''), dict(to='anna'), dict(locale='fr'), dict(until_ms=0), dict(unsubscribe='http://a/'),
                      dict(unsubscribe='https://a/>\r\nX: y')]:
            with self.subTest(given=given):
                done = make(**given)
                self.assertEqual(done.returncode, 1)
                self.assertIn(done.stderr, [b'syntax\n', b'unsupported\n'])
                self.assertEqual(done.stdout, b'')
        for kind in WITH_LINK:
            self.assertEqual(make(kind=kind, link='').stderr, b'syntax\n')
        self.assertEqual(make(message_id='a' * 199 + '@b').stderr, b'limit\n')

    def test_same_bytes_at_every_try(self):
        self.assertEqual(raw(), raw())

    def test_addresses(self):
        to = 'a' * 64 + '@' + 'b' * 63 + '.' + 'c' * 63 + '.example'
        self.assertEqual(parsed(to=to)['To'].addresses[0].addr_spec, to)
        self.assertIn('jürgen@xn--mller-kva.de'.encode(), raw(to='jürgen@müller.de'))

    def test_dates(self):
        for date_ms, text in [(0, 'Thu, 01 Jan 1970 00:00:00 +0000'), (951826554000, 'Tue, 29 Feb 2000 12:15:54 +0000'),
                              (1772323200000, 'Sun, 01 Mar 2026 00:00:00 +0000')]:
            self.assertEqual(parsed(date_ms=date_ms)['Date'], text)

    def test_time_zones(self):
        for date_ms, zone_s, text in [(DATE_MS, 3600, 'Fri, 01 Jan 2027 00:59:59 +0100'), (DATE_MS, -12600, 'Thu, 31 Dec 2026 20:29:59 -0330'),
                                      (951826554000, 45900, 'Wed, 01 Mar 2000 01:00:54 +1245'), (0, -3600, 'Thu, 01 Jan 1970 00:00:00 -0100')]:
            self.assertEqual(parsed(date_ms=date_ms, zone_s=zone_s)['Date'], text)
        for zone_s, locale, text in [(0, 'de', '6. März 2027'), (-1, 'de', '5. März 2027'), (0, 'en', '6 March 2027'), (86399, 'en', '6 March 2027')]:
            self.assertIn(text, bodies(parsed(zone_s=zone_s, locale=locale))[0])
        for month in range(12):
            message = parsed(until_ms=1767225600000 + month * 31 * 86400000, locale='en')
            self.assertIn(['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
                           'November', 'December'][month] + ' 2026', bodies(message)[0])

    def test_one_click(self):
        """RFC 8058 and a link for people, in both parts, where there is a link and nowhere else."""
        for locale in ('de', 'en'):
            message = parsed(unsubscribe=UNSUBSCRIBE, locale=locale)
            self.assertEqual(message.defects, [])
            self.assertEqual(message['List-Unsubscribe'].strip(), f'<{UNSUBSCRIBE}>')
            self.assertEqual(message['List-Unsubscribe-Post'], 'List-Unsubscribe=One-Click')
            text, page = bodies(message)
            self.assertTrue(text.endswith(f':\n{UNSUBSCRIBE}\n'))
            self.assertIn(UNSUBSCRIBE, [a.get('href') for t, a in Reader(page).tags])
            self.assertNotIn('\n\n\n', text)

    def test_no_address_of_the_other_side(self):
        """No address but the recipient's own and the service's is in a mail."""
        for kind in KINDS:
            text, page = bodies(parsed(kind=kind))
            self.assertNotIn('@', text + re.sub(r'(?s)<style>.*</style>', '', page))


if __name__ == '__main__':
    result = unittest.main(exit=False, verbosity=1).result
    failed = len({getattr(t, 'test_case', t).id() for t, _ in result.failures + result.errors})
    print(f'{max(0, result.testsRun - failed)} passed, {failed} failed')
    sys.exit(1 if failed else 0)

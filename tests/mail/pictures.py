#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every mail as people see it, to be looked at in build/screenshots/: the HTML part in Chromium, wide, as narrow as a phone, and dark; the
text part as text. Fails where a mail is wider than its window, or a picture is missing. F1."""
import email
import email.policy
import html
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(os.environ.get('TOP_BUILDDIR', '../build'))
DUMP = BUILD / 'tests/mail/dump'
FOLDER = BUILD / 'screenshots'
NAMES = {'de': ('Anna Schmidt', 'Müller & Söhne Steuerberatungsgesellschaft mbH'), 'en': ('Anna Schmidt', 'Müller & Sons Ltd')}
LINK = 'https://provision.example.org/p/mzxw6ytboi2dqnrrgezdgnbvgy'
OFF = 'https://provision.example.org/u/' + 'mzxw6ytboi2dq' * 4
ORDINARY = ('package', 'reminder', 'accepted', 'declined', 'expired', 'message', 'texts')
# What was written, for the mail with texts: by whom, what.
SAID = {'de': (('Olga Brandt', 'Guten Tag Frau Schmidt,\n\ndie Unterlagen für 2025 sind da. Es fehlen noch:\n  - Lohnsteuerbescheinigung\n'
                '  - Spendenquittungen\n\nViele Grüße'), ('Axel Huber', 'שלום <b>1 & 2</b> https://example.org/' + 'sehr-lang-' * 12),
               ('', '-- \nProvision\nDiese E-Mail wurde automatisch verschickt.')),
        'en': (('Olga Brandt', 'Dear Ms Schmidt,\n\nthe papers for 2025 are here. Still missing:\n  - wage tax statement\n  - receipts for '
                'donations\n\nKind regards'), ('Axel Huber', 'مرحبا \u202e(reversed)\nnext line'), ('', 'x' * 150))}
# name of the picture: window of a mail, mails beside each other, height, dark
SIZES = {'wide': (700, 3, 900, False), 'phone': (360, 6, 1240, False), 'dark': (700, 3, 900, True)}
# Says in its title how much wider than its window some mail is.
MEASURE = """<script>onload = () => { document.title = Math.max(...[...document.querySelectorAll('iframe')].map(
 f => f.contentDocument.documentElement.scrollWidth - f.clientWidth)); }</script>"""


def parts(kind, locale):
    name, peer = NAMES[locale]
    words = [DUMP, kind, locale, '1798761599123', '3600', 'a.b@provision.example.org', 'no-reply@provision.example.org',
             'anna@example.org', name, peer, LINK, 'K7QM-2RXW', 'Provision', '1804291200000', OFF if kind in ORDINARY else '']
    with tempfile.TemporaryDirectory() as folder:
        for i, (author, text) in enumerate(SAID[locale] if kind == 'texts' else ()):
            pathlib.Path(folder, str(i)).write_text(text)
            words += [author, f'{folder}/{i}']
        done = subprocess.run(words, capture_output=True, check=True)
    message = email.message_from_bytes(done.stdout, policy=email.policy.SMTP)
    text, page = message.get_payload()
    return message['Subject'], text.get_content(), page.get_content()


def sheet(mails, width, columns, height, is_dark):
    frames = ''.join(f'<figure><figcaption>{html.escape(subject)}</figcaption><iframe width="{width}" height="{height}" '
                     f'srcdoc="{html.escape(page)}"></iframe></figure>' for subject, _, page in mails)
    back = '#000;color:#ccc' if is_dark else '#ccc'
    return (f'<!doctype html><meta charset="utf-8">{MEASURE}<style>body {{ margin: 10px; background: {back}; display: grid; gap: 10px; '
            f'grid-template-columns: repeat({columns}, {width}px); }} figure {{ margin: 0 }} iframe {{ border: 0 }} '
            f'figcaption {{ font: 13px sans-serif; padding: 4px }}</style>{frames}')


def browser(profile, *words):
    return subprocess.run([shutil.which('chromium'), '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync',
                           '--disable-background-networking', '--disable-component-update', f'--user-data-dir={profile}', *words],
                          capture_output=True, check=False, timeout=120)


def main():
    if shutil.which('chromium') is None:
        print('skipped: chromium is not installed')
        return 77
    kinds = subprocess.run([DUMP, 'kinds'], capture_output=True, check=True).stdout.decode().split()
    failed = 0
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        for locale in ('de', 'en'):
            mails = [parts(kind, locale) for kind in kinds]
            (FOLDER / f'mail-text-{locale}.txt').write_text(('=' * 72 + '\n').join(f'{subject}\n\n{text}\n' for subject, text, _ in mails))
            for size, (width, columns, height, is_dark) in SIZES.items():
                page, picture = pathlib.Path(work) / f'{size}.html', FOLDER / f'mail-{size}-{locale}.png'
                page.write_text(sheet(mails, width, columns, height, is_dark))
                rows = -(-len(mails) // columns)
                words = [f'--window-size={columns * (width + 10) + 20},{rows * (height + 40) + 20}', page.resolve().as_uri()]
                words += ['--blink-settings=preferredColorScheme=0'] if is_dark else []
                picture.unlink(missing_ok=True)
                browser(work + '/profile', f'--screenshot={picture}', *words)
                dom = browser(work + '/profile', '--dump-dom', *words).stdout.decode()
                wider = re.search(r'<title>(-?\d+)</title>', dom)
                good = picture.exists() and wider is not None and int(wider[1]) <= 0
                failed += not good
                print(f'{picture.name}: {len(mails)} mails, {"good" if good else "FAILED"} {wider and wider[1]}')
    return 1 if failed else 0


sys.exit(main())

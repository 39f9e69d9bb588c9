#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What clocks show in every zone of the system, beside Python's own reader of the same files, and what is no zone (src/base/zone.h)."""
import datetime
import os
import random
import subprocess
import sys
import tempfile
import time
import unittest
import zoneinfo

ZONES = os.path.join(os.environ.get('TOP_BUILDDIR', '../build'), 'tests/base/zones')
FOLDER = '/usr/share/zoneinfo'


def ask(questions, folder=FOLDER):
    text = ''.join(f'{name} {at}\n' for name, at in questions)
    return subprocess.run([ZONES, folder], input=text.encode(), capture_output=True, check=True).stdout.decode().split('\n')[:-1]


def truth(zone, at):
    return str(int(datetime.datetime.fromtimestamp(at, zone).utcoffset().total_seconds()))


class Zones(unittest.TestCase):
    def compare(self, folder, names, times):
        for name in names:
            with open(f'{folder}/{name}', 'rb') as f:
                zone = zoneinfo.ZoneInfo.from_file(f, name)
            answers = ask([(name, at) for at in times], folder)
            wrong = [(name, at, said) for at, said in zip(times, answers) if said != truth(zone, at)]
            self.assertEqual((len(answers), wrong[:3]), (len(times), []))

    def test_all_zones(self):
        """Random times from 1970 to 2105, of every zone there is."""
        chosen = random.Random(1)
        names = sorted(n for n in zoneinfo.available_timezones() if os.path.isfile(f'{FOLDER}/{n}') and n != 'localtime')
        self.assertGreater(len(names), 300)
        self.compare(FOLDER, names, sorted(chosen.randrange(0, 4260000000) for _ in range(200)))

    def test_around_the_changes(self):
        """Each second around a change is on its side, with and without the rule for the far future."""
        times = [change + d for year in (2026, 2040, 2100) for change in
                 (int(datetime.datetime(year, month, day, 1, tzinfo=datetime.timezone.utc).timestamp())
                  for month in (3, 4, 10, 11) for day in range(1, 32) if not (month in (4, 11) and day == 31)) for d in (-3601, -3600, -1, 0, 1, 3600)]
        self.compare(FOLDER, ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Asia/Tehran', 'America/Nuuk',
                              'Pacific/Chatham', 'Europe/Dublin'], sorted(times))

    def test_rules(self):
        """Files that are nothing but a rule, of every form, beside the C library (Python takes plain days for a day earlier)."""
        head = b'TZif2' + bytes(15) + b''.join(n.to_bytes(4, 'big') for n in (0, 0, 0, 0, 1, 4))
        block = bytes(6) + b'UTC\0'
        rules = ['UTC0', 'CET-1CEST,M3.5.0,M10.5.0/3', '<-03>3<-02>,M3.5.0/-2,M10.5.0/-1', 'XXX5YYY,J60,J300/1:30', 'XXX-5YYY,59/0,300',
                 'IST-1GMT0,M10.5.0,M3.5.0/1', 'AAA-9:30BBB-10:45:30,M12.1.1,M2.4.6/26']
        with tempfile.TemporaryDirectory() as folder:
            for i, rule in enumerate(rules):
                with open(f'{folder}/Z{i}', 'wb') as f:
                    f.write((head + block) * 2 + b'\n' + rule.encode() + b'\n')
            chosen = random.Random(2)
            times = sorted(chosen.randrange(86400, 4260000000) for _ in range(500))
            for i, rule in enumerate(rules):
                os.environ['TZ'] = rule
                time.tzset()
                self.assertEqual(ask([(f'Z{i}', at) for at in times], folder), [str(time.localtime(at).tm_gmtoff) for at in times], rule)

    def test_what_is_none(self):
        with open(f'{FOLDER}/Europe/Berlin', 'rb') as f:
            good = f.read()
        bad = {'Short': good[:300], 'Behind': good + b'x', 'Magic': b'x' + good[1:], 'One': good[:4] + b'1' + good[5:], 'Empty': b'',
               'Counts': good[:32] + b'\xff' * 12 + good[44:], 'Rule': good[:good.rindex(b'\nCET')] + b'\nCET-1CEST,M13.5.0,M10.5.0/3\n',
               'Half': good[:good.rindex(b'\nCET')] + b'\nCET-1CEST,M3.5.0\n', 'Name': good[:good.rindex(b'\nCET')] + b'\n<CET-1\n'}
        with tempfile.TemporaryDirectory() as folder:
            for name, content in bad.items():
                with open(f'{folder}/{name}', 'wb') as f:
                    f.write(content)
            self.assertEqual(ask([(name, 0) for name in bad], folder), ['syntax'] * len(bad))
            with open(f'{folder}/Large', 'wb') as f:
                f.write(bytes(65537))
            self.assertEqual(ask([('Large', 0)], folder), ['limit'])
            # Half a file is never read beyond its end, wherever it ends.
            for n in range(0, len(good), 7):
                with open(f'{folder}/Cut', 'wb') as f:
                    f.write(good[:n])
                self.assertEqual(ask([('Cut', 0)], folder), ['syntax'])
        self.assertEqual(ask([(name, 0) for name in ('Nowhere/Here', '../../../etc/passwd', '/etc/passwd', 'Europe//Berlin', 'Europe/',
                                                     'Europe/Berlin/', 'A' * 65, 'a.b')]), ['not-found'] + ['syntax'] * 7)


if __name__ == '__main__':
    result = unittest.main(exit=False, verbosity=1).result
    failed = len({getattr(t, 'test_case', t).id() for t, _ in result.failures + result.errors})
    print(f'{max(0, result.testsRun - failed)} passed, {failed} failed')
    sys.exit(1 if failed else 0)

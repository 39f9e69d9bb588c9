# SPDX-License-Identifier: MIT
"""A relay that does what a test tells it to, over OpenSSL's TLS. One scripted connection after the other."""
import contextlib
import re
import socket
import ssl
import threading

LIMIT_S = 20


class Peer:
    """The server's end of one connection."""
    def __init__(self, sock):
        self.sock, self.buffer, self.commands = sock, b'', []
        sock.settimeout(LIMIT_S)

    def say(self, text):
        self.sock.sendall(text if isinstance(text, bytes) else text.encode() + b'\r\n')

    def line(self):
        while b'\n' not in self.buffer:
            got = self.sock.recv(65536)
            if not got:
                raise EOFError
            self.buffer += got
        line, self.buffer = self.buffer.split(b'\n', 1)
        if not line.endswith(b'\r'):
            raise ValueError(f'bare LF: {line!r}')
        self.commands.append(line[:-1].decode())
        return self.commands[-1]

    def want(self, pattern):
        line = self.line()
        if not re.fullmatch(pattern, line):
            raise ValueError(f'wanted {pattern}, got {line!r}')
        return line

    def message(self):
        """Behind 354, up to the final dot, dots taken away."""
        while not self.buffer.endswith(b'\r\n.\r\n') and b'\r\n.\r\n' not in self.buffer:
            got = self.sock.recv(65536)
            if not got:
                raise EOFError
            self.buffer += got
        text, self.buffer = self.buffer.split(b'\r\n.\r\n', 1)
        lines = (text + b'\r\n').split(b'\n')
        if any(not line.endswith(b'\r') for line in lines[:-1]):
            raise ValueError('bare LF in the message')
        return b'\n'.join(line[1:] if line.startswith(b'.') else line for line in lines)

    def tls(self, certs, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f'{certs}/{name}.crt', f'{certs}/{name}.key')
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def end(self):
        """Nothing more may come: QUIT, or the end."""
        with contextlib.suppress(EOFError, OSError):
            self.want('QUIT')

    # what a good relay does
    def hello(self, *offers):
        self.want('EHLO provision.example')
        lines = ['relay.example greets you', *offers]
        for i, text in enumerate(lines):
            self.say(f'250{"-" if i + 1 < len(lines) else " "}{text}')

    def greet(self, *offers):
        self.say('220 relay.example ESMTP')
        self.hello(*offers)

    def take(self, rcpt='250 2.1.5 Ok', mail='250 2.1.0 Ok', data='354 go on', dot='250 2.0.0 Ok: queued as 4711'):
        """One mail; returns its bytes, or None where it was refused before DATA was over."""
        self.want(r'MAIL FROM:<[^<>]*>( BODY=8BITMIME SMTPUTF8)?')
        self.say(mail)
        if mail.startswith('2'):
            self.want(r'RCPT TO:<[^<>]+>')
            self.say(rcpt)
            if rcpt.startswith('2'):
                self.want('DATA')
                self.say(data)
                if data.startswith('354'):
                    text = self.message()
                    self.say(dot)
                    return text
        self.want('RSET')
        self.say('250 2.0.0 Ok')
        return None


class Relay:
    """Serves each script to one connection, in order; errors and what the scripts returned come with close()."""
    def __init__(self, *scripts, host='127.0.0.1'):
        self.results, self.errors, self.peers = [], [], []
        self.sock = socket.create_server((host, 0), family=socket.AF_INET6 if ':' in host else socket.AF_INET)
        self.sock.settimeout(LIMIT_S)
        self.port = self.sock.getsockname()[1]
        self.thread = threading.Thread(target=self.run, args=(scripts,), daemon=True)
        self.thread.start()

    def run(self, scripts):
        for script in scripts:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            peer = Peer(sock)
            self.peers.append(peer)
            try:
                self.results.append(script(peer))
            except Exception as e:       # shown by close()
                self.errors.append(e)
            with contextlib.suppress(OSError):
                peer.sock.close()

    def close(self):
        self.thread.join(LIMIT_S)
        self.sock.close()
        return self.errors

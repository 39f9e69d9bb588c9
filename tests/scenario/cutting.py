# SPDX-License-Identifier: MIT
"""A TCP proxy between people and the server that counts what it passes on, can be slowed, and cuts all connections."""

import socket
import struct
import threading
import time

PIECE = 64 * 1024


class CuttingProxy:
    def __init__(self, target_port, bytes_a_second=None):
        self.target, self.rate = target_port, bytes_a_second
        self.up = self.down = 0          # bytes that went to the server, and from it to the client
        self.lock, self.pairs = threading.Lock(), []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket()
            for s in (client, server):   # little lies in the proxy: what is counted was passed on
                s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIECE)
            try:
                server.connect(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            with self.lock:
                self.pairs = [p for p in self.pairs if p[0].fileno() >= 0] + [(client, server)]
            threading.Thread(target=self._pass, args=(client, server, "up"), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, "down"), daemon=True).start()

    def _pass(self, source, sink, name):
        try:
            while True:
                data = source.recv(PIECE)
                if not data:
                    break
                sink.sendall(data)
                with self.lock:
                    setattr(self, name, getattr(self, name) + len(data))
                if self.rate and len(data) > 4096:
                    time.sleep(len(data) / self.rate)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        """Every connection ends at once, with a reset, as when a line breaks."""
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for s in pair:
                try:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    s.shutdown(socket.SHUT_RDWR)
                    s.close()
                except OSError:
                    pass

    def stop(self):
        self.listener.close()
        self.cut()

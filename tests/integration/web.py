"""A web server whose every byte a test decides, for the checks of a poller's manners.

A route is a function of the request; it gives bytes, or yields pieces: bytes are sent, a number waits so many
seconds (bounded by the server's end), RESET resets the connection, CLOSE closes it.
"""
import collections
import socket
import ssl
import struct
import threading
import time

RESET, CLOSE = object(), object()


class Request:
    """One request as it came: .n counts those for its path from 1, .headers keeps names in lower case and raw values."""

    def __init__(self, raw, connection, n):
        self.raw = raw
        self.connection = connection
        self.n = n
        self.time = time.monotonic()
        head = raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
        self.method, self.target, self.version = head[0].split(b" ", 2)
        self.headers = collections.defaultdict(list)
        for line in head[1:]:
            name, value = line.split(b":", 1)
            self.headers[name.strip().lower().decode()].append(value.strip(b" \t"))

    @property
    def path(self):
        return self.target.split(b"?")[0].decode("latin-1")

    def header(self, name):
        values = self.headers.get(name.lower(), [])
        assert len(values) < 2, f"{name} twice: {values}"
        return values[0] if values else None

    @property
    def etag(self):
        return self.header("If-None-Match")

    @property
    def since(self):
        return self.header("If-Modified-Since")


class Web:
    def __init__(self, address="127.0.0.1", context=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, 0), family=family)
        self.address = address
        self.port = self.listener.getsockname()[1]
        self.context = context
        self.routes = {}
        self.requests = []
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.lock = threading.Lock()
        self.ending = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self, path="/feed.xml", host=None, scheme=None):
        host = host or (f"[{self.address}]" if ":" in self.address else self.address)
        scheme = scheme or ("https" if self.context else "http")
        return f"{scheme}://{host}:{self.port}{path}"

    def route(self, path, handler):
        self.routes[path] = handler

    def seen(self, path):
        with self.lock:
            return [r for r in self.requests if r.path == path]

    def accept(self):
        while not self.ending.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with self.lock:
            self.connections += 1
            number = self.connections
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        try:
            connection.settimeout(60)
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            while self.one(connection, number):
                pass
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.open -= 1
            connection.close()

    def one(self, connection, number):
        """Serves one request; false when the connection is to end."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return False
            data += more
        with self.lock:
            path = data.split(b" ")[1].split(b"?")[0].decode("latin-1")
            request = Request(data, number, 1 + sum(r.path == path for r in self.requests))
            self.requests.append(request)
        handler = self.routes.get(request.path) or self.routes.get("*")
        reply = handler(request) if handler else respond(b"nothing here", "404 Not Found")
        for piece in [reply] if isinstance(reply, bytes) else reply:
            if piece is RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            if piece is CLOSE:
                return False
            if isinstance(piece, (int, float)):
                if self.ending.wait(piece):
                    return False
            else:
                connection.sendall(piece)
        return True

    def close(self):
        self.ending.set()
        self.listener.close()


def respond(body=b"", status="200 OK", *headers, length=True):
    """A response on a connection that stays open; headers are bytes or text lines."""
    body = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status}".encode()]
    lines += [h if isinstance(h, bytes) else h.encode() for h in headers]
    if length and status[:3] not in ("304", "204"):
        lines.append(f"Content-Length: {len(body)}".encode())
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def not_modified(*headers):
    return respond(b"", "304 Not Modified", *headers)


def sequence(*replies):
    """A route that gives the replies one after another, the last one for ever; each bytes or a function."""

    def handler(request):
        reply = replies[min(request.n, len(replies)) - 1]
        return reply(request) if callable(reply) else reply

    return handler


def tls_context(folder, name="127.0.0.1", days=2, alternative="IP:127.0.0.1"):
    """A server's context with a certificate of its own; returns it and the file to trust."""
    import subprocess
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    str(days), "-subj", f"/CN={name}", "-addext", f"subjectAltName={alternative}",
                    "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate

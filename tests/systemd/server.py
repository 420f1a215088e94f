#!/usr/bin/python3
"""A web server for the booted machine: the files of a folder, and those of private/ for who knows the password.

Usage: server.py FOLDER PORT USER:PASSWORD
"""
import base64
import functools
import http.server
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    wanted = ""

    def send_head(self):
        if self.path.startswith("/private/") and self.headers.get("Authorization") != self.wanted:
            self.send_error(401)
            return None
        return super().send_head()


folder, port, secret = sys.argv[1:]
Handler.wanted = "Basic " + base64.b64encode(secret.encode()).decode()
http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), functools.partial(Handler, directory=folder)).serve_forever()

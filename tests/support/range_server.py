#!/usr/bin/env python3
"""A small HTTP server for the tests of downloads: python3 range_server.py FOLDER

Prints its port and serves the files of FOLDER: with an ETag, Range and If-Range. What stands in front of the
name changes that: /cut/NAME breaks every connection after 80 % of what is left (but for the last 1000 bytes),
/held/NAME stops after 200 kB for as long as there is a file FOLDER/hold, /plain/NAME knows no ranges, /astray/NAME
sends another one than it was asked for, /busy/NAME answers 503 once and then as usual, /far/NAME redirects without
end, /away/NAME once. Each request is a line of FOLDER/requests.
"""
import hashlib
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = sys.argv[1]
BUSY = set()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        with open(os.path.join(ROOT, "requests"), "a") as log:
            log.write(f"{self.path} {self.headers.get('Range', '-')}\n")

    def answer(self, status, *headers, body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        *way, name = self.path.split("?")[0].strip("/").split("/")
        way = way[0] if way else ""
        path = os.path.join(ROOT, name)
        if way == "far":
            return self.answer(302, ("Location", self.path + "x"))
        if way == "away":
            return self.answer(302, ("Location", "/" + name))
        if way == "busy" and name not in BUSY:
            BUSY.add(name)
            return self.answer(503)
        if not os.path.isfile(path):
            return self.answer(404, body=b"no such file")
        data = open(path, "rb").read()
        tag, start, given = f'"{hashlib.md5(data).hexdigest()}"', 0, self.headers.get("Range")
        if given and way != "plain" and self.headers.get("If-Range", tag) == tag:
            start = int(given.split("=")[1].split("-")[0])
            if start >= len(data):
                return self.answer(416, ("Content-Range", f"bytes */{len(data)}"))
        if way == "astray" and start:
            start -= 1
        rest = data[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(rest)))
        if way != "plain":
            self.send_header("ETag", tag)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if way == "cut" and len(rest) > 1000:
            self.wfile.write(rest[:len(rest) * 4 // 5])
            self.wfile.flush()
            self.close_connection = True
            return self.connection.shutdown(2)
        if way == "held":
            self.wfile.write(rest[:200000])
            self.wfile.flush()
            while os.path.exists(os.path.join(ROOT, "hold")):
                time.sleep(0.05)
            rest = rest[200000:]
        return self.wfile.write(rest)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()

#!/usr/bin/env python3
"""Takes what a sink "webhook" sends, checks it and prints it.  HUB_SECRET=... receiver.py PORT"""
import base64, hashlib, hmac, json, os, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ["HUB_SECRET"].encode()


def verify(headers, body):
    stamp = headers.get("Webhook-Timestamp", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > 300:
        return False
    signed = headers.get("Webhook-Id", "").encode() + b"." + stamp.encode() + b"." + body
    want = "v1," + base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(want, given) for given in headers.get("Webhook-Signature", "").split())


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not verify(self.headers, body):
            self.send_response(401)
        else:
            event = json.loads(body)
            print(event["type"], json.dumps(event["data"].get("text", "")), flush=True)
            self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print("listening on", server.server_port, flush=True)
    server.serve_forever()

"""What W&B's own program makes of a run's offline folders: wandb_check.py RUN EXPECTATION…

`wandb sync` sends every session of the run to a server on this machine that answers as W&B's does, as far as it is asked; what has
arrived is compared with what the run folder says. EXPECTATION: NAME=VALUE of entity, project, name, sessions, epochs, or models (how many
versions of the model there are).
"""
import base64
import csv
import glob
import gzip
import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
import urllib.parse

ID = {"id": "SUQ="}


class Server(http.server.ThreadingHTTPServer):
    """Keeps what it is sent: runs upserted, lines of files streamed, artifacts, files uploaded."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.runs, self.streams, self.artifacts, self.uploads, self.unknown = [], {}, [], {}, []

    def handle_error(self, request, client_address):
        pass  # the client hangs up when it is done

    def upload(self, name):
        return f"{self.address}/upload/{urllib.parse.quote(name)}"

    def artifact_file(self, file):
        name = file["name"]
        return {"node": {**ID, "name": name, "displayName": name, "uploadUrl": self.upload(name), "uploadHeaders": [], "storagePath": name,
                         "artifact": ID}}

    def graphql(self, operation, v):
        if operation == "UpsertBucket":
            self.runs.append(v)
            project = {**ID, "name": v["project"], "entity": {**ID, "name": v["entity"] or "someone"}}
            return {"upsertBucket": {"inserted": True, "bucket": {**ID, "name": v["name"], "displayName": v["displayName"],
                                                                  "historyLineCount": 0, "project": project}}}
        if operation == "CreateRunFiles":
            files = [{"name": name, "uploadUrl": self.upload(name)} for name in v["files"]]
            return {"createRunFiles": {"runID": "SUQ=", "uploadHeaders": [], "files": files}}
        if operation == "CreateArtifact":
            self.artifacts.append(v["input"])
            return {"createArtifact": {"artifact": {**ID, "state": "PENDING", "artifactSequence": {**ID, "latestArtifact": None}}}}
        if operation == "CreateArtifactManifest":
            file = {**ID, "name": v["name"], "displayName": v["name"], "uploadUrl": self.upload("manifest"), "uploadHeaders": []}
            return {"createArtifactManifest": {"artifactManifest": {**ID, "file": file}}}
        if operation == "CreateArtifactFiles":
            files = v["input"] if isinstance(v["input"], list) else v["input"]["artifactFiles"]
            return {"createArtifactFiles": {"files": {"edges": [self.artifact_file(file) for file in files]}}}
        if operation == "CommitArtifact":
            return {"commitArtifact": {"artifact": {**ID, "digest": ""}}}
        if operation == "RunResumeStatus":
            return {"model": {**ID, "name": v["project"], "entity": {**ID, "name": v["entity"]}, "bucket": None}}
        if operation == "ServerFeaturesQuery":
            return {"serverInfo": {"features": []}}
        self.unknown.append(operation)
        return {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, message):
        body = json.dumps(message).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def do_GET(self):
        self.answer({})

    def do_PUT(self):
        self.server.uploads[urllib.parse.unquote(self.path.removeprefix("/upload/"))] = self.body()
        self.answer({})

    def do_POST(self):
        message = json.loads(self.body() or b"{}")
        if self.path == "/graphql":
            return self.answer({"data": self.server.graphql(message.get("operationName"), message.get("variables") or {})})
        for name, part in (message.get("files") or {}).items():
            self.server.streams.setdefault(name, []).extend(part["content"])
        return self.answer({"exitcode": None, "limits": {}})


def check(holds, message):
    if not holds:
        sys.exit(message)


def sync(sessions, server):
    home = os.path.join(os.environ["W"], "wandb-home")
    os.makedirs(home, exist_ok=True)
    environment = {**os.environ, "HOME": home, "WANDB_BASE_URL": server.address, "WANDB_API_KEY": "0" * 40, "WANDB_ERROR_REPORTING": "false",
                   **{f"WANDB_{name}_DIR": os.path.join(home, name.lower()) for name in ("CACHE", "DATA", "CONFIG")}}
    environment.pop("WANDB_MODE", None)
    done = subprocess.run([os.path.join(os.path.dirname(sys.executable), "wandb"), "sync", "--yes", *sessions], env=environment,
                          capture_output=True, text=True, timeout=120, cwd=home)
    check(done.returncode == 0 and "Finished syncing" in done.stdout + done.stderr, f"wandb sync: {done.stdout}{done.stderr}")


def check_history(run, server):
    history = [json.loads(line) for line in server.streams["wandb-history.jsonl"]]
    with open(os.path.join(run, "results.csv")) as file:
        rows = [{k.strip(): v.strip() for k, v in row.items()} for row in csv.DictReader(file)]
    check([row["_step"] for row in history] == [int(row["epoch"]) for row in rows], f"steps {[row['_step'] for row in history]}")
    for found, row in zip(history, rows):
        for name, value in row.items():
            check(name == "epoch" or abs(found[name] - float(value)) <= 1e-4 * abs(float(value)) + 1e-9, f"{name}: {found.get(name)}, {value}")
    times = [row["_runtime"] for row in history]
    check(times == sorted(times), f"the run's time goes back: {times}")
    summary = json.loads(server.streams["wandb-summary.json"][-1])
    check(summary["_step"] == len(rows) - 1 and summary["metrics/recall"] == history[-1]["metrics/recall"], f"summary {summary}")
    return history


def check_media(history, server):
    """Every picture that a row speaks of has arrived, and every box lies in a picture."""
    pictures = boxes = 0
    for row in history:
        for value in row.values():
            if not isinstance(value, dict):
                continue
            for name in value["filenames"]:
                check(server.uploads[name][:2] in (b"\xff\xd8", b"\x89P"), f"{name} is no picture")
                pictures += 1
            for group in (group for one in value.get("all_boxes", []) for group in one.values()):
                data = server.uploads[group["path"]]
                check(hashlib.sha256(data).hexdigest() == group["sha256"] and len(data) == group["size"], f"{group['path']} is another")
                for box in json.loads(data)["box_data"]:
                    place = box["position"]
                    check(0 <= place["minX"] < place["maxX"] <= value["width"] and 0 <= place["minY"] < place["maxY"] <= value["height"], str(box))
                    boxes += 1
    return pictures, boxes


def check_artifacts(server):
    for artifact in server.artifacts:
        check(artifact["runName"] == server.runs[0]["name"] and artifact["artifactTypeName"] in ("model", "dataset"), str(artifact))
    models = {hashlib.md5(data).digest() for name, data in server.uploads.items() if name.endswith(".pt")}
    lines = [("wandb-artifact-manifest-v1\n" + f"{name}:{base64.b64encode(digest).decode()}\n").encode() for digest in models
             for name in ("last.pt", "best.pt")]
    known = {hashlib.md5(line).hexdigest() for line in lines}
    last = [one for one in server.artifacts if one["artifactTypeName"] == "model"][-1]
    check(last["digest"] in known, "the digest of the last artifact is not that of its file")


def main(run, *expectations):
    wanted = dict(one.split("=", 1) for one in expectations)
    sessions = sorted(glob.glob(os.path.join(glob.escape(os.path.abspath(run)), "wandb", "offline-run-*")))
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sync(sessions, server)
    check(not server.unknown, f"the server was asked what it does not know: {server.unknown}")
    history = check_history(run, server)
    pictures, boxes = check_media(history, server)
    check(pictures and boxes, f"{pictures} pictures, {boxes} boxes")
    check_artifacts(server)
    first, config = server.runs[0], json.loads(server.runs[0]["config"])
    found = {"entity": first["entity"], "project": first["project"], "name": first["displayName"], "sessions": str(len(sessions)),
             "epochs": str(config["epochs"]["value"]), "models": str(sum(one["artifactTypeName"] == "model" for one in server.artifacts)),
             "datasets": ",".join(sorted(one["artifactCollectionName"] for one in server.artifacts if one["artifactTypeName"] == "dataset")),
             "pictures": str(sum(name.startswith("data/images/") for name in server.uploads)),
             "labels": str(sum(name.startswith("data/labels/") for name in server.uploads))}
    check(config["hyp"]["value"]["lr0"] == config["opt"]["value"].get("hyp", config["hyp"]["value"])["lr0"]
          if isinstance(config["opt"]["value"].get("hyp"), dict) else config["hyp"]["value"]["lr0"] > 0, "hyp")
    check(config["data_dict"]["value"]["nc"] == 4, "the data set is not in the configuration")
    check({one["name"] for one in server.runs} == {first["name"]}, f"ids {[one['name'] for one in server.runs]}")
    for name, value in wanted.items():
        check(found[name] == value, f"{name}: found {found[name]}, wanted {value}")
    with open(os.path.join(run, "train.log")) as file:
        lines = server.streams["output.log"]
        check(any(" Validating " in line for line in lines) and file.read(), f"output.log: {lines[-3:]}")


main(*sys.argv[1:])

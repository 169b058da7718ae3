"""Real answers against docs/openapi.json, by a validator that is not ours: jsonschema.

Usage: openapi.py PROGRAM
"""

import base64
import json
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DESCRIPTION = json.loads((ROOT / "docs/openapi.json").read_text())


def start(program):
    """Starts the server on free ports and reads that of HTTP from its log."""
    command = [program, "serve", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--log-format", "json"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        entry = json.loads(line)
        if entry["message"] == "listening" and entry["protocol"] == "http":
            return server, entry["address"]
    raise SystemExit("the server ended before it listened")


def post(address, path, body):
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"http://{address}{path}", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def validator(schema):
    return jsonschema.Draft202012Validator({**schema, "components": DESCRIPTION["components"]})


def main():
    seed = (ROOT / "tests/fixtures/karabakh.txt").read_text()
    html = (ROOT / "tests/fixtures/karabakh.html").read_bytes()
    pages = [
        {"text": {"title": "A headline", "body": seed}},
        {"pageId": "7", "source": "example.com", "contentType": "text/html", "html": {"body": base64.b64encode(html).decode()}},
        {"items": {"items": [{"itemId": "a", "kind": "ITEM_KIND_PARAGRAPH", "text": "I cannot assist with that request."}]}},
        {},
    ]
    calls = [("/v1/pages:check", {"page": page, "include": ["INCLUDE_ITEMS", "INCLUDE_CLEANED_HTML"]}) for page in pages]
    calls += [("/v1/pages:batchCheck", {"pages": pages}), ("/v1/pages:batchCheck", {"pages": []})]
    calls += [("/v1/pages:explain", {"page": page}) for page in pages]
    calls += [("/v1/pages:check", {"page": {"text": 7}}), ("/v1/pages:check", {"pge": {}})]
    server, address = start(sys.argv[1])
    statuses = []
    try:
        for path, body in calls:
            operation = DESCRIPTION["paths"][path]["post"]
            status, answer = post(address, path, body)
            statuses.append(status)
            valid = validator(operation["requestBody"]["content"]["application/json"]["schema"]).is_valid(body)
            assert valid or status == 400, f"{path} took what the description does not: {body}"
            if status == 200:
                schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            else:
                schema = {"$ref": "#/components/schemas/Error"}
            validator(schema).validate(answer)
    finally:
        server.terminate()
        server.stderr.read()
    assert server.wait(timeout=15) == 0, "the server did not stop cleanly"
    assert statuses.count(200) >= 7 and statuses.count(400) >= 4, statuses
    print(f"{len(calls)} answers are as docs/openapi.json says")


main()

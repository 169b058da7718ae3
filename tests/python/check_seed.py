"""The seed page through a running server, by a client that is not ours: grpcio with stubs made from proto/.

Usage: check_seed.py PATH-TO-PAGEGATE
"""

import importlib
import json
import pathlib
import subprocess
import sys
import tempfile

import grpc
from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parents[2]


def make_stubs(directory):
    """Compiles every proto of the project, as any user of it would."""
    protos = sorted(str(it) for it in (ROOT / "proto").rglob("*.proto"))
    well_known = pathlib.Path(protoc.__file__).parent / "_proto"
    arguments = ["protoc", f"-I{ROOT / 'proto'}", f"-I{well_known}", f"--python_out={directory}", f"--grpc_python_out={directory}"]
    if protoc.main(arguments + protos) != 0:
        raise SystemExit("the protos do not compile")
    sys.path.insert(0, directory)


def start(program):
    """Starts the server on a free port and reads the port from its log."""
    server = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0", "--http-listen", "", "--log-format", "json", "--store", "none"], stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        entry = json.loads(line)
        if entry.get("message") == "listening":
            return server, entry["address"]
    raise SystemExit("the server ended before it listened")


def check_seed(stub, pb):
    body = (ROOT / "tests/fixtures/karabakh.txt").read_text(encoding="utf-8")
    request = pb.check.CheckPageRequest(page=pb.page.Page(text=pb.page.TextContent(body=body)))
    result = stub.CheckPage(request, timeout=10).result
    assert result.verdict == pb.verdict.VERDICT_ACCEPT_CLEANED, result
    lines = [it for it in body.splitlines() if it]
    assert result.cleaned.title == lines[0]
    assert result.cleaned.text == "\n\n".join(it for it in lines if len(it) > 200)
    quotes = [it.quote for it in result.findings if it.effect == pb.verdict.EFFECT_STRIP]
    assert quotes == [
        "No time to read?",
        "No time to read?",
        "Previous Article",
        "Cannot assist with targeted political persuasion content",
    ], quotes
    for finding in result.findings:
        span = finding.source_span
        assert span.field == "text.body"
        assert body.encode()[span.start : span.end].decode().startswith(finding.quote)


def check_error(stub, pb):
    try:
        stub.CheckPage(pb.check.CheckPageRequest(page=pb.page.Page()), timeout=10)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
        assert "page has no content" in error.details(), error.details()
    else:
        raise AssertionError("a page without content was taken")


class Modules:
    def __init__(self):
        self.page = importlib.import_module("pagegate.v1.page_pb2")
        self.verdict = importlib.import_module("pagegate.v1.verdict_pb2")
        self.check = importlib.import_module("pagegate.v1.check_service_pb2")
        self.services = importlib.import_module("pagegate.v1.check_service_pb2_grpc")


def main():
    with tempfile.TemporaryDirectory() as directory:
        make_stubs(directory)
        pb = Modules()
        server, address = start(sys.argv[1])
        try:
            with grpc.insecure_channel(address) as channel:
                stub = pb.services.CheckServiceStub(channel)
                check_seed(stub, pb)
                check_error(stub, pb)
        finally:
            server.terminate()
            server.stderr.read()
        assert server.wait(timeout=15) == 0, "the server did not stop cleanly"
    print("grpcio: 2 passed, 0 failed")


if __name__ == "__main__":
    main()

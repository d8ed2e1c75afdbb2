"""ClickHouse's HTTP interface around its own engine in this process (chdb, <https://clickhouse.com/docs/chdb>).

The engine parses, judges rights and settings, and answers; this only carries. It speaks what collect-sql uses of
<https://clickhouse.com/docs/interfaces/http>: one account, by HTTP authentication or by headers; the statement in the body or in `query`;
`param_<name>`; every other parameter is a setting. Answers are whole when they begin, as with `wait_end_of_query=1`, and requests are answered
one after the other.

    python clickhouse.py FOLDER PORT    FOLDER holds config.xml, planted.sql and password

An engine in a process knows one account, `default`; what it may do stands in users.xml beside config.xml.
"""

import base64
import http.server
import json
import pathlib
import subprocess
import sys
import urllib.parse

import chdb

ACCOUNT = "default"
# What is no setting of the engine.
RESERVED = {"query", "database", "default_format", "user", "password", "query_id", "wait_end_of_query"}
# What ClickHouse makes of its codes (src/Server/HTTP/exceptionCodeToHTTPStatus.cpp); every other is 500.
STATUS = {
    **dict.fromkeys((6, 36, 41, 53, 62), 400),
    194: 401,
    **dict.fromkeys((192, 193, 497, 516), 403),
    **dict.fromkeys((46, 47, 60, 81, 115), 404),
    159: 408,
}


class Refused(Exception):
    """An exception of ClickHouse: its text begins with `Code: `."""

    def code(self):
        digits = str(self).removeprefix("Code: ").split(".")[0]
        return int(digits) if digits.isdigit() else 1002


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Engine:
    """The engine with the rights that a configuration gives; each request has a session of its own."""

    def __init__(self, folder):
        self.place = f"{folder}/data?config-file={folder}/config.xml"
        # The engine lives as long as a connection does.
        self.kept = chdb.connect(self.place)
        self.version = self.kept.query("SELECT version()", "TSV").data().strip()

    def answer(self, text, form, database, settings, parameters):
        """The bytes of an answer in the format `form`."""
        session = chdb.connect(self.place)
        try:
            if database:
                session.query("USE `" + database.replace("`", "``") + "`")
            if settings:
                session.query("SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in settings.items()))
            return session.query(text, form, params=parameters).bytes()
        except RuntimeError as error:
            raise Refused(str(error)) from error
        finally:
            session.close()


class Handler(http.server.BaseHTTPRequestHandler):
    engine = None
    password = None

    def do_POST(self):
        query = urllib.parse.urlsplit(self.path).query
        given = dict(urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        form = given.get("default_format", "TabSeparated")
        try:
            self.authenticate()
            answer = self.engine.answer(
                given.get("query", "") + body,
                form,
                given.get("database"),
                {name: value for name, value in given.items() if name not in RESERVED and not name.startswith("param_")},
                {name.removeprefix("param_"): value for name, value in given.items() if name.startswith("param_")},
            )
            self.send(200, answer, {"X-ClickHouse-Format": form, "X-ClickHouse-Summary": summary(answer, form)})
        except Refused as refused:
            code = refused.code()
            text = f"{refused} (version {self.engine.version} (official build))\n"
            self.send(STATUS.get(code, 500), text.encode(), {"X-ClickHouse-Exception-Code": str(code)})

    def authenticate(self):
        kind, _, encoded = self.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            user, _, password = base64.b64decode(encoded).decode().partition(":")
        else:
            user, password = self.headers.get("x-clickhouse-user"), self.headers.get("x-clickhouse-key")
        if (user, password) != (ACCOUNT, self.password):
            raise Refused(
                f"Code: 516. DB::Exception: {user}: Authentication failed: password is incorrect, or there is no user with such name."
                " (AUTHENTICATION_FAILED)"
            )

    def do_GET(self):
        # What monitors ask.
        self.send(200 if self.path == "/ping" else 404, b"Ok.\n", {})

    def send(self, status, body, headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def summary(answer, form):
    """How many rows result: the engine does not tell it in a process, so the lines behind names and types are counted."""
    rows = answer.count(b"\n") - 2 if form == "JSONCompactEachRowWithNamesAndTypes" else 0
    return json.dumps({"result_rows": str(max(rows, 0))})


def plant(folder):
    """Runs planted.sql with every right. In a process of its own: an engine takes its rights from where it was begun."""
    session = chdb.connect(f"{folder}/data")
    session.query(pathlib.Path(folder, "planted.sql").read_text())
    session.close()


def main():
    if sys.argv[1] == "plant":
        return plant(sys.argv[2])
    folder, port = sys.argv[1:]
    subprocess.run([sys.executable, __file__, "plant", folder], check=True)
    Handler.password = pathlib.Path(folder, "password").read_text()
    Handler.engine = Engine(folder)
    http.server.HTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


main()

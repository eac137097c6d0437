"""nginx and Apache, run with what an export tells them."""

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PATHS = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
NGINX = shutil.which("nginx", path=_PATHS)
APACHE = shutil.which("apache2", path=_PATHS) or shutil.which("httpd", path=_PATHS)
_MODULES = Path("/usr/lib/apache2/modules")
#: Of Apache, what a Debian host has switched on, with mod_headers and mod_rewrite.
_NEEDED = ("mpm_event", "authz_core", "mime", "dir", "setenvif", "rewrite", "headers", "autoindex")


@dataclass(frozen=True)
class Reply:
    """What a host answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode()


@dataclass(frozen=True)
class Host:
    """A server that runs."""

    port: int

    def get(self, path: str, **headers: str) -> Reply:
        """The reply to GET; an underscore in the name of a header is a hyphen."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request("GET", path, headers=sent)
            response = connection.getresponse()
            fields = [(name.lower(), value) for name, value in response.getheaders()]
            joined = {name: ", ".join(v for n, v in fields if n == name) for name, _ in fields}
            return Reply(response.status, joined, response.read())


@contextmanager
def nginx(site: Path, folder: Path) -> Iterator[Host]:
    """nginx in front of `site`; what it writes itself is put into `folder`."""
    port = free()
    told = (site / "hosting" / "nginx.conf").read_text("utf-8")
    told = told.replace("listen 80;", f"listen 127.0.0.1:{port};")
    with nginx_with(re.sub(r"root [^;]*;", f"root {site};", told), port, folder):
        yield Host(port)


@contextmanager
def nginx_with(told: str, port: int, folder: Path) -> Iterator[None]:
    """nginx with `told` in its ``http``, which has it listen to `port`."""
    assert NGINX is not None
    (folder / "site.conf").write_text(told)
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{ }}\nhttp {{\n{places}access_log off;\ninclude {folder}/site.conf;\n}}\n"
    )
    with _running([NGINX, "-p", folder, "-c", folder / "nginx.conf"], port, folder):
        yield


@contextmanager
def apache(site: Path, folder: Path, allowed: str = "FileInfo Indexes") -> Iterator[Host]:
    """Apache in front of `site`, whose ``.htaccess`` may set up what is `allowed`."""
    assert APACHE is not None
    port = free()
    modules = "".join(
        f"LoadModule {name}_module {path}\n"
        for name in _NEEDED
        if (path := _MODULES / f"mod_{name}.so").exists()
    )
    user = "User www-data\nGroup www-data\n" if os.getuid() == 0 else ""
    (folder / "apache.conf").write_text(
        f"ServerRoot {folder}\nServerName localhost\nListen 127.0.0.1:{port}\n{modules}{user}"
        f"PidFile {folder}/apache.pid\nErrorLog {folder}/error.log\nTypesConfig /dev/null\n"
        f"DocumentRoot {site}\n<Directory {site}>\nOptions Indexes FollowSymLinks\n"
        f"AllowOverride {allowed}\nRequire all granted\n</Directory>\n"
        '<Files ".ht*">\nRequire all denied\n</Files>\n'
    )
    with _running([APACHE, "-DFOREGROUND", "-f", folder / "apache.conf"], port, folder):
        yield Host(port)


@contextmanager
def _running(command: list[str | Path], port: int, folder: Path) -> Iterator[None]:
    with open(folder / "said.log", "w") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            late = time.monotonic() + 20
            while process.poll() is None and time.monotonic() < late:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.05)
            assert process.poll() is None, (folder / "said.log").read_text()
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free() -> int:
    """A port of this machine that nobody listens to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port

# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of xapid share: the daemon with the simulated backend, clients, TAP."""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import xmlrpc.client

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PASSWORD = "correct horse"


class Failure(Exception):
    """An error of XenAPI: args are its words."""

    @property
    def code(self):
        """The error's name."""
        return self.args[0]


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a local socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


class UnixTransport(xmlrpc.client.Transport):
    """xmlrpc.client's own, over a local socket."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def make_connection(self, host):
        return UnixConnection(self.path)


class Json:
    """A session by JSON-RPC over the local socket."""

    def __init__(self, path, login=True):
        self.connection = UnixConnection(path)
        self.session = self.raw("session.login_with_password", "root", "") if login else None

    def post(self, body, url="/jsonrpc"):
        """Status and body of the answer to a request."""
        self.connection.request("POST", url, body)
        response = self.connection.getresponse()
        return response.status, response.read()

    def raw(self, method, *args, version=2):
        """A call without the session."""
        request = {"method": method, "params": list(args), "id": 7}
        if version == 2:
            request["jsonrpc"] = "2.0"
        answer = json.loads(self.post(json.dumps(request))[1])
        if answer.get("error") is None:
            return answer["result"]
        error = answer["error"]
        raise Failure(*(error if version == 1 else [error["message"], *error["data"]]))

    def __call__(self, method, *args):
        return self.raw(method, self.session, *args)

    def first(self, name, label):
        """The reference of the object of a class with this name."""
        return self(f"{name}.get_by_name_label", label)[0]

    def wait(self, task):
        """The record of a task that has ended."""
        while True:
            record = self("task.get_record", task)
            if record["status"] not in ("pending", "cancelling"):
                return record
            time.sleep(0.02)


class Xml:
    """A session by Python's own XML-RPC client."""

    def __init__(self, server, user="root", password=""):
        self.server = server
        self.session = self.raw("session.login_with_password", user, password, "2.0", "test")

    def raw(self, method, *args):
        """A call without the session."""
        answer = getattr(self.server, method)(*args)
        if answer["Status"] == "Success":
            return answer["Value"]
        raise Failure(*answer["ErrorDescription"])

    def __call__(self, method, *args):
        return self.raw(method, self.session, *args)


class Daemon:
    """xapid with the simulated backend, in a folder of its own."""

    def __init__(self, program):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="xapid.")
        self.socket = f"{self.folder}/socket"
        self.log = f"{self.folder}/log"
        self.process = None
        self.options = []
        self.port = free_port()
        self.make_pam()
        os.makedirs(f"{self.folder}/sys/class/net/xenbr0/bridge")
        os.makedirs(f"{self.folder}/sys/class/net/card0/device")
        os.symlink("../xenbr0", f"{self.folder}/sys/class/net/card0/master")

    def make_pam(self):
        """A PAM service of which root's password is PASSWORD."""
        os.mkdir(f"{self.folder}/pam")
        check = f"{self.folder}/pam/check"
        with open(check, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n[ \"$(tr -d '\\000')\" = '%s' ]\n" % PASSWORD)
        os.chmod(check, 0o755)
        with open(f"{self.folder}/pam/xapid", "w", encoding="utf-8") as file:
            file.write(f"auth required pam_exec.so quiet expose_authtok {check}\n"
                       "account required pam_permit.so\n")

    def start(self):
        """Start it, and return when it answers."""
        environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:abort_on_error=0")
        with open(self.log, "ab") as log:
            # pylint: disable-next=consider-using-with
            self.process = subprocess.Popen(
                [self.program, "--backend", "sim", "--state", f"{self.folder}/state",
                 "--socket", self.socket, "--listen", f"127.0.0.1:{self.port}",
                 "--pam-dir", f"{self.folder}/pam", "--sys", f"{self.folder}/sys",
                 "--shutdown-seconds", "2", *self.options], stderr=log, env=environment)
        for _ in range(600):
            try:
                return Json(self.socket)
            except (OSError, http.client.HTTPException):
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise RuntimeError(f"xapid does not start: {self.text()}")

    def text(self):
        """The log."""
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def kill(self):
        """As a power cut does."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Orderly; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def rss(self):
        """Resident memory in MiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024

    def tls(self, **versions):
        """A server proxy over HTTPS."""
        context = ssl.create_default_context(cafile=f"{self.folder}/state/xapid.pem")
        context.check_hostname = False
        for name, value in versions.items():
            setattr(context, name, value)
        return xmlrpc.client.ServerProxy(f"https://127.0.0.1:{self.port}/", context=context)

    def unix(self):
        """A server proxy over the local socket."""
        return xmlrpc.client.ServerProxy("http://localhost/",
                                         transport=UnixTransport(self.socket))

    def remove(self):
        """Take the folder away."""
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder)


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def build(sanitize=True):
    """The path of the program, built."""
    if subprocess.call([f"{TOP}/selftests/setup", "xapid"], stdout=sys.stderr):
        sys.exit(1)
    variables = ["SANITIZE=1"] if sanitize else []
    subprocess.check_call(["make", "-s", "-C", f"{TOP}/toolstack/xapid", *variables],
                          stdout=subprocess.DEVNULL)
    return f"{TOP}/build/xapid{'-sanitize' if sanitize else ''}/xapid"


class Tap:
    """Results, printed as they come."""

    def __init__(self, plan):
        print(f"1..{plan}", flush=True)
        self.count = self.bad = 0

    def claim(self, text, holds, why=""):
        """One result."""
        self.count += 1
        self.bad += not holds
        print(f"{'ok' if holds else 'not ok'} {self.count} - {text}", flush=True)
        if not holds and why:
            print("\n".join(f"# {line}" for line in str(why).splitlines()), flush=True)

    def check(self, text, test, *args):
        """One result: the test returns nothing, and raises what is wrong."""
        try:
            test(*args)
        except Exception as error:  # pylint: disable=broad-except
            self.claim(text, False, repr(error))
        else:
            self.claim(text, True)

    def end(self):
        """The exit status."""
        sys.exit(1 if self.bad else 0)


def expect(code, call, *args):
    """The call fails with this error; its words."""
    try:
        result = call(*args)
    except Failure as error:
        assert error.code == code, f"{error.args} instead of {code}"
        return error.args
    raise AssertionError(f"{args} gave {result!r} instead of {code}")


def same(got, wanted):
    """Both are equal."""
    assert got == wanted, f"{got!r} instead of {wanted!r}"


def install(api, name="guest", disk=1 << 20, **fields):
    """A VM of the template, with a disk and an interface: its reference, VBD and VIF."""
    vm = api("VM.clone", api.first("VM", "Linux PV guest"), name)
    api("VM.provision", vm)
    for field, value in fields.items():
        api(f"VM.set_{field}", vm, value)
    vdi = api("VDI.create", {"name_label": f"{name}-disk", "virtual_size": str(disk),
                             "SR": api.first("SR", "Local storage"), "type": "user"})
    vbd = api("VBD.create", {"VM": vm, "VDI": vdi, "userdevice": "0", "mode": "RW",
                             "type": "Disk", "bootable": True})
    network = next(iter(api("network.get_all_records_where", 'field "bridge" = "xenbr0"')))
    vif = api("VIF.create", {"VM": vm, "network": network, "device": "0", "MAC": "",
                             "MTU": "1500"})
    return vm, vbd, vif


def remove(api, vm):
    """A VM and its disks."""
    if api("VM.get_power_state", vm) != "Halted":
        api("VM.hard_shutdown", vm)
    disks = [record["VDI"] for record in api("VBD.get_all_records").values()
             if record["VM"] == vm and record["type"] == "Disk"]
    api("VM.destroy", vm)
    for vdi in disks:
        api("VDI.destroy", vdi)

# SPDX-License-Identifier: GPL-2.0-only
"""The guest's initial RAM disk, made of this host's files: programs with the libraries that they
load, modules, and guest-init as the first process."""
import os
import pathlib
import shutil
import stat
import subprocess

from . import modules as kernel_modules
from .stop import Stop

HERE = pathlib.Path(__file__).resolve().parent
PATH = os.environ.get("PATH", "") + (":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin"
                                      ":/bin")
# Programs of the host, by the Debian package that has them.
PACKAGES = {"fio": "fio", "iperf3": "iperf3", "ping": "iputils-ping", "ip": "iproute2"}
# Small tools: busybox's where there is one, the host's otherwise.
TOOLS = ("awk", "cat", "cut", "dd", "grep", "head", "hostname", "insmod", "kill", "mkdir", "mount",
         "nproc", "sed", "sleep", "sort", "tail", "tr", "wc", "ln", "rm")
OURS = ("usbench", "netbench", "blkbench", "hvbench", "labagent")
GUEST_MODULES = ("xenfs", "xen_privcmd", "xen_evtchn", "xen_gntdev", "xen_gntalloc")


class Archive:
    """A cpio archive in the kernel's format ("newc"), written as it grows."""

    def __init__(self, file):
        self.file, self.number, self.there = file, 0, set()

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self.number += 1
        fields = (self.number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        for part in (head, data):
            self.file.write(part + b"\0" * (-len(part) % 4))

    def folder(self, path):
        """A folder with those above it, once."""
        path = path.strip("/")
        if path and path not in self.there:
            self.folder(os.path.dirname(path))
            self.there.add(path)
            self._entry(path, stat.S_IFDIR | 0o755)

    def add(self, path, data, mode=0o755):
        """A file, once."""
        path = path.strip("/")
        if path not in self.there:
            self.folder(os.path.dirname(path))
            self.there.add(path)
            self._entry(path, stat.S_IFREG | mode, data)

    def link(self, path, target):
        """A symbolic link, once."""
        path = path.strip("/")
        if path not in self.there:
            self.folder(os.path.dirname(path))
            self.there.add(path)
            self._entry(path, stat.S_IFLNK | 0o777, target.encode())

    def console(self):
        """/dev/console, which the first process has before there is a /dev."""
        self.folder("dev")
        self._entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))

    def end(self):
        """The mark of the end."""
        self._entry("TRAILER!!!", 0)


def libraries(program):
    """The files that the loader would map for a program, the loader among them; none for a static
    one. Like ldd, which is not everywhere: the loader itself lists them."""
    head = pathlib.Path(program).read_bytes()[:1 << 20]
    loader = next((path for path in ("/lib64/ld-linux-x86-64.so.2",)
                   if path.encode() + b"\0" in head), None)
    if not loader:
        return []
    done = subprocess.run([loader, "--list", program], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(f"the libraries of {program} cannot be listed: {done.stderr.strip()[-200:]}", 3)
    found = [loader]
    for line in done.stdout.splitlines():
        words = line.split()
        if "=>" in words and words[words.index("=>") + 1].startswith("/"):
            found.append(words[words.index("=>") + 1])
    return list(dict.fromkeys(found))


def _put_program(archive, path, name=None):
    archive.add(f"usr/bin/{name or os.path.basename(path)}", pathlib.Path(path).read_bytes())
    for library in libraries(path):
        # Each at the place where the host has it, so that no cache of the loader is needed:
        # /lib64 and /lib are links into /usr there and here.
        place = library if library.startswith("/usr") else f"/usr{library}"
        archive.add(place, pathlib.Path(library).read_bytes())


def _put_tools(archive, tools, optional):
    busybox = shutil.which("busybox", path=PATH)
    have = set()
    if busybox:
        listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=False)
        have = set(listed.stdout.split())
        _put_program(archive, busybox, "busybox")
    for name in (*tools, *optional):
        found = shutil.which(name, path=PATH)
        if name in have:
            archive.link(f"usr/bin/{name}", "busybox")
        elif found:
            _put_program(archive, os.path.realpath(found), name)
        elif name in tools:
            raise Stop(f"neither this host nor its busybox has {name}: apt-get install busybox", 3)
    # Not busybox's shell: Debian builds it to prefer its own ip and ping to those in the PATH.
    _put_program(archive, os.path.realpath("/bin/sh"), "sh")


def _put_modules(archive, kernel):
    """The modules for all guests, and both sets of frontends, each with the order in which they are
    loaded."""
    sets = {"all": [name for name in GUEST_MODULES if kernel.has(name)]}
    for which, title in ((kernel_modules.STOCK, "stock"), (kernel_modules.OURS, "shoji")):
        sets[title] = [pair[which] for pair in kernel_modules.FRONTENDS.values()]
    for title, names in sets.items():
        order = list(dict.fromkeys(each for name in names for each in kernel.closure(name)))
        for name in order:
            archive.add(f"bench/modules/{name}.ko", kernel.content(name), 0o644)
        archive.add(f"bench/{title}", "".join(f"{name}\n" for name in order).encode(), 0o644)


def missing(packages=None):
    """Debian packages of the programs that this host lacks, of {program: package}."""
    return [package for name, package in (packages or PACKAGES).items()
            if not shutil.which(name, path=PATH)]


def memory(size):
    """MiB for a guest whose initial RAM disk has this many bytes: packed once, unpacked once."""
    return (160 + 22 * (size >> 20) // 10 + 63) // 64 * 64


def build(path, kernel, programs, extra=(), packages=PACKAGES, tools=TOOLS, optional=()):
    """Write the initial RAM disk; returns its size in bytes.

    kernel: Modules of the guest's kernel. programs: {name: path} of ours. extra: [(path in the
    image, file)]. packages: names of the host's programs. tools: busybox's or the host's;
    optional: those that may be missing.
    """
    with open(path, "wb") as file:
        archive = Archive(file)
        for folder in ("proc", "sys", "dev", "run", "tmp", "root", "etc", "usr/bin", "usr/sbin",
                       "usr/lib", "usr/lib64", "var"):
            archive.folder(folder)
        for name in ("bin", "sbin", "lib", "lib64"):
            archive.link(name, f"usr/{name}")
        archive.console()
        archive.add("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n", 0o644)
        archive.add("etc/group", b"root:x:0:\n", 0o644)
        archive.add("etc/hosts", b"127.0.0.1 localhost\n", 0o644)
        for name in packages:
            _put_program(archive, os.path.realpath(shutil.which(name, path=PATH)), name)
        for name, program in programs.items():
            _put_program(archive, program, name)
        _put_tools(archive, tools, optional)
        # pthread_cancel loads it at run time, so that no program names it.
        for place in ("/usr/lib/x86_64-linux-gnu/libgcc_s.so.1", "/lib/x86_64-linux-gnu/"
                      "libgcc_s.so.1"):
            if os.path.exists(place):
                archive.add("usr/lib/x86_64-linux-gnu/libgcc_s.so.1",
                            pathlib.Path(place).read_bytes())
        _put_modules(archive, kernel)
        for to, source in extra:
            archive.add(to, pathlib.Path(source).read_bytes(), 0o644)
        archive.add("init", (HERE / "guest-init").read_bytes())
        archive.end()
        return file.tell()

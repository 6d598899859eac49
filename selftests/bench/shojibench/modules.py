# SPDX-License-Identifier: GPL-2.0-only
"""Kernel modules: which there are for a kernel, what they need, which are loaded, who holds them.

A module goes by its name with underscores (xen_netback), as /proc/modules has it.
"""
import gzip
import lzma
import pathlib
import subprocess
import time

from .stop import Stop

# By duty: the kernel's own, ours.
BACKENDS = {"net": ("xen_netback", "shoji_netback"), "blk": ("xen_blkback", "shoji_blkback")}
FRONTENDS = {"net": ("xen_netfront", "shoji_netfront"), "blk": ("xen_blkfront", "shoji_blkfront")}
DEVICE = {"net": "vif", "blk": "vbd"}
STOCK, OURS = 0, 1


def name_of(path):
    """xen_netback, of kernel/drivers/net/xen-netback/xen-netback.ko.xz."""
    return pathlib.PurePath(path).name.partition(".ko")[0].replace("-", "_")


class Modules:
    """The modules of one kernel version, from modules.dep and modules.builtin."""

    def __init__(self, root, version):
        self.folder = pathlib.Path(f"{root}/lib/modules/{version}")
        self.files, self.needs = {}, {}
        try:
            text = (self.folder / "modules.dep").read_text(encoding="utf-8")
        except OSError:
            raise Stop(f"{self.folder}/modules.dep is not there: the modules of Linux {version} "
                       "are needed for the guest", 3) from None
        for line in text.splitlines():
            file, _, needs = line.partition(":")
            self.files[name_of(file)] = file
            self.needs[name_of(file)] = [name_of(need) for need in needs.split()]
        built = self.folder / "modules.builtin"
        self.builtin = ({name_of(line) for line in built.read_text(encoding="utf-8").splitlines()}
                        if built.exists() else set())

    def has(self, name):
        """Is the module there, or built into the kernel?"""
        return name in self.files or name in self.builtin

    def closure(self, name):
        """The module and what it needs, in the order in which they are loaded."""
        if name not in self.files:
            return []
        # modules.dep has all that a module needs, directly or not, what is needed last first.
        return [*reversed(self.needs[name]), name]

    def content(self, name):
        """The module, decompressed."""
        path = self.folder / self.files[name]
        data = path.read_bytes()
        if path.suffix == ".xz":
            return lzma.decompress(data)
        if path.suffix == ".gz":
            return gzip.decompress(data)
        if path.suffix == ".zst":
            return subprocess.run(["zstd", "-dc"], input=data, stdout=subprocess.PIPE,
                                  check=True).stdout
        return data

    def load(self, name, root=""):
        """Load it, and what it needs, by file: modprobe's settings may name another for it."""
        for each in self.closure(name):
            if each in loaded(root):
                continue
            done = subprocess.run(["insmod", str(self.folder / self.files[each])],
                                  capture_output=True, text=True, check=False)
            if done.returncode and each not in loaded(root):
                raise Stop(f"insmod of {each} failed: {done.stderr.strip()[-200:]}", 4)


def loaded(root=""):
    """The names of the modules that are loaded."""
    try:
        with open(f"{root}/proc/modules", encoding="utf-8") as lines:
            return {line.split()[0] for line in lines}
    except OSError:
        return set()


def unload(name, root="", seconds=10):
    """Unload it where it is loaded; what stands in the way, or None. A device that has just gone
    may hold it for a moment: it is tried for `seconds`."""
    end = time.monotonic() + seconds
    while name in loaded(root):
        done = subprocess.run(["rmmod", name], capture_output=True, text=True, check=False)
        if name in loaded(root) and time.monotonic() > end:
            return done.stderr.strip()[-200:] or f"rmmod {name} failed"
        time.sleep(0.1)
    return None


def references(name, root=""):
    """How many hold it."""
    try:
        text = pathlib.Path(f"{root}/sys/module/{name}/refcnt").read_text(encoding="utf-8")
        return int(text)
    except (OSError, ValueError):
        return 0


def _module_of(driver):
    """The module of a driver's folder in sysfs, or None (built in)."""
    link = driver / "module"
    return link.resolve().name if link.exists() else None


def serving(duty, root=""):
    """The backend module that is loaded and serves the duty's devices: of two, the one that was
    there first is bound to them, which only their devices tell; None when there is none."""
    for device in devices(duty, root):
        driver = device / "driver"
        if driver.exists() and _module_of(driver.resolve()):
            return _module_of(driver.resolve())
    for name in BACKENDS[duty]:
        if name in loaded(root):
            return name
    return None


def devices(duty, root=""):
    """The backend devices of a duty: [sysfs path of vif-DOMAIN-NUMBER]."""
    folder = pathlib.Path(f"{root}/sys/bus/xen-backend/devices")
    return sorted(folder.glob(f"{DEVICE[duty]}-*")) if folder.is_dir() else []


def users(duties, root=""):
    """Who keeps the backends of these duties from being exchanged: a sentence each."""
    out = []
    for duty in duties:
        for device in devices(duty, root):
            domain = device.name.split("-")[1]
            done = subprocess.run(["xl", "domname", domain], capture_output=True, text=True,
                                  check=False)
            name = done.stdout.strip() or "without a name"
            out.append(f"guest {name} (domain {domain}) has the {DEVICE[duty]} {device.name}")
        for module in BACKENDS[duty]:
            count = references(module, root)
            if count and not devices(duty, root):
                out.append(f"{module} is held {count} times")
    return out


def exchange(kernel, duties, which, root=""):
    """Make the backends `which` (STOCK, OURS) those that serve; Stop when that cannot be."""
    for duty in duties:
        for name in BACKENDS[duty]:
            if name != BACKENDS[duty][which]:
                why = unload(name, root)
                if why:
                    raise Stop(f"{name} cannot be unloaded: {why}", 4)
    for duty in duties:
        kernel.load(BACKENDS[duty][which], root)

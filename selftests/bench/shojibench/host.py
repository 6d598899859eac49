# SPDX-License-Identifier: GPL-2.0-only
"""What there is in this Domain-0: hypervisor, toolstack, kernel, addresses that are free."""
import ipaddress
import os
import pathlib
import re
import shutil
import subprocess

from . import initrd, modules
from .stop import Stop

BRIDGE = "shbench0"
# One that no interface or route here uses is taken.
NETWORKS = ("10.231.77", "172.29.231", "192.168.231", "10.77.231")
TOOLS = {"xl": "xen-utils", "xenstore-read": "xenstore-utils", "losetup": "mount",
         "modprobe": "kmod", "insmod": "kmod", "rmmod": "kmod", "taskset": "util-linux",
         "awk": "mawk"}


def said(*command):
    """A command's output, or "" when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                              stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def xl_info():
    """{key: value} of `xl info`; Stop when there is no hypervisor that answers."""
    info = {}
    for line in said("xl", "info").splitlines():
        key, _, value = line.partition(":")
        info[key.strip()] = value.strip()
    if "xen_version" not in info:
        raise Stop("`xl info` does not answer: this is no Domain-0 of Xen or Shoji, or the "
                   "toolstack's services do not run", 3)
    return info


def hypervisor(info):
    """"shoji" or "xen"."""
    said_of_it = (value for key, value in info.items() if key in ("xen_version", "xen_extra"))
    return "shoji" if "shoji" in " ".join(said_of_it).lower() else "xen"


def missing_tools(bare=False):
    """Debian packages of what a run needs and this host lacks; bare: without a toolstack."""
    packages = [package for name, package in TOOLS.items()
                if not (bare and package.startswith("xen"))
                and not shutil.which(name, path=os.environ.get("PATH", initrd.PATH))]
    return sorted(set(packages + initrd.missing()))


def others():
    """The domains beside Domain-0, by name."""
    lines = said("xl", "list").splitlines()[1:]
    return [line.split()[0] for line in lines if line.split() and line.split()[0] != "Domain-0"]


def dom0_memory():
    """Domain-0's memory now, MiB; None when xl does not say."""
    lines = said("xl", "list", "Domain-0").splitlines()
    try:
        return int(lines[1].split()[2])
    except (IndexError, ValueError):
        return None


def available_memory():
    """What programs here can still take, MiB."""
    with open("/proc/meminfo", encoding="utf-8") as lines:
        found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) // 1024 if found else 0


def free_network():
    """The first of NETWORKS (A.B.C of /24) that nothing here uses."""
    used = []
    for line in (said("ip", "-o", "-4", "addr", "show") + "\n" +
                 said("ip", "-4", "route", "show", "table", "all")).splitlines():
        for word in re.findall(r"\b\d+\.\d+\.\d+\.\d+(?:/\d+)?", line):
            used.append(ipaddress.ip_network(word, strict=False))
    for candidate in NETWORKS:
        network = ipaddress.ip_network(f"{candidate}.0/24")
        if not any(network.overlaps(other) and other.prefixlen for other in used):
            return candidate
    raise Stop(f"none of the networks {', '.join(NETWORKS)} (/24) is free here", 3)


def kernel_version(path):
    """The version of a kernel image: a bzImage says it in its header, an ELF file in its banner."""
    data = pathlib.Path(path).read_bytes()
    if data[0x202:0x206] == b"HdrS":
        at = int.from_bytes(data[0x20e:0x210], "little") + 0x200
        return data[at:data.index(b" ", at)].decode(errors="replace")
    found = re.search(rb"Linux version ([^ \0%]+) ", data)
    if not found:
        raise Stop(f"{path} is no Linux kernel", 2)
    return found[1].decode(errors="replace")


def kernel_image(root, version):
    """The image of the kernel that runs."""
    for path in (f"{root}/boot/vmlinuz-{version}", f"{root}/boot/vmlinux-{version}"):
        if os.path.exists(path):
            return path
    raise Stop(f"{root}/boot/vmlinuz-{version} is not there: name the guest's kernel by "
               "--guest-kernel", 3)


def drivers_there(kernel, pairs, duties):
    """Are our drivers of these duties there for this kernel?"""
    return all(kernel.has(pairs[duty][modules.OURS]) for duty in duties)


def build_hvbench(source, folder, version):
    """hvbench.ko for this kernel, or None: without its headers there is none, and the rows hv.* are
    left out."""
    ready = pathlib.Path("/usr/lib/modules/hvbench.ko")
    if ready.exists():
        return str(ready)
    build = f"/lib/modules/{version}/build"
    if not (os.path.isdir(build) and shutil.which("make") and shutil.which("gcc")):
        return None
    shutil.copytree(source, folder)
    done = subprocess.run(["make", "-C", build, f"M={folder}", "CONFIG_DEBUG_INFO_BTF_MODULES=",
                           "modules"], capture_output=True, check=False)
    built = folder / "hvbench.ko"
    return str(built) if done.returncode == 0 and built.exists() else None

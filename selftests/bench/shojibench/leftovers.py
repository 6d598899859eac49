# SPDX-License-Identifier: GPL-2.0-only
"""What a run makes in the system, noted before it is made, and how it is taken away: at the end, on
Ctrl-C, and after a crash by the next run or by `shoji-bench clean`.

The notes are lines "KIND VALUE..." in /run/shoji-bench/made. /run does not outlive a restart, and
neither does anything that is noted there. Taking away what is not there (any more) is no fault.
"""
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import time

from . import console, modules

MARK = "SHOJI_BENCH_RUN"   # in the environment of each process that a run starts
PREFIX = "shoji-bench-"    # what the names of our guests begin with
WAIT_SECONDS = 60   # a busy machine's toolstack is slow


def _run(*command, limit=60):
    """(exit code, output); a program that is missing or hangs is a failure."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=limit, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as fault:
        return 127, str(fault)
    return done.returncode, done.stdout.strip()


def _domains():
    """The numbers of all domains, dying ones too."""
    lines = [line.split() for line in _run("xl", "list")[1].splitlines()[1:]]
    return {words[1] for words in lines if len(words) > 1}


def _until(condition, seconds=WAIT_SECONDS):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def marked(mark, root=""):
    """The processes that carry the mark of a run."""
    found, word = [], f"{MARK}={mark}\0".encode()
    for folder in pathlib.Path(f"{root}/proc").glob("[0-9]*"):
        try:
            if word in (folder / "environ").read_bytes() + b"\0":
                found.append(int(folder.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]


def end_processes(mark):
    """End the processes of a run: asked first, then killed. What is left, as a sentence."""
    for number, seconds in ((signal.SIGTERM, 3), (signal.SIGKILL, 5)):
        for pid in marked(mark):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        if _until(lambda: not marked(mark), seconds):
            return None
    return f"processes are left: {' '.join(map(str, marked(mark)))}"


class Busy(Exception):
    """Another run holds the lock."""


class Made:
    """The notes of one run, with the lock that only one run at a time can hold."""

    name = "shoji-bench"    # of its folder in /run, and what the names of its guests begin with

    def __init__(self, root=""):
        self.root = root
        self.folder = pathlib.Path(f"{root}/run/{self.name}")
        self.file = self.folder / "made"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder / "lock", "a+", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.lock.seek(0)
            raise Busy(self.lock.read().strip()) from None
        self.lock.truncate(0)
        self.lock.write(f"{os.getpid()}\n")
        self.lock.flush()

    def note(self, *words):
        """Say, before it is made, what is made."""
        with open(self.file, "a", encoding="utf-8") as file:
            print(*words, file=file)

    def notes(self):
        """[(kind, value)], the last first."""
        try:
            text = self.file.read_text(encoding="utf-8")
        except OSError:
            return []
        lines = [line.partition(" ") for line in text.splitlines() if line.strip()]
        return [(kind, value) for kind, _, value in dict.fromkeys(reversed(lines))]

    def undo(self):
        """Take everything away again; what could not be, as sentences. The notes stay then."""
        faults = []
        notes = self.notes()
        for kind in ORDER:
            for noted, value in notes:
                if noted == kind:
                    fault = ORDER[kind](self, value)
                    if fault:
                        faults.append(fault)
        if not faults:
            self.file.unlink(missing_ok=True)
        return faults

    def close(self):
        """Give the lock back. The folder goes when nothing is noted in it."""
        if not self.file.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.close()

    # ---- one kind each: None, or a sentence that says what is left ----

    def _process(self, mark):
        return end_processes(mark)

    def _guestdir(self, value):
        target, _, folder = value.partition(" ")
        code, said = _run("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", target,
                          f"rm -rf {folder}")
        return f"{folder} in {target} cannot be removed: {said[-200:]}" if code else None

    def _guestconsole(self, value):
        target, _, folder = value.partition(" ")
        try:
            code, said = console.ask(target, 20, f"rm -rf {folder}")
        except OSError as fault:
            code, said = 1, str(fault)
        return f"{folder} behind the console {target} cannot be removed: {said}" if code else None

    def _guest(self, name):
        if not name.startswith(f"{self.name}-"):
            return f"{name} is not a guest of ours"

        def gone():
            return _run("xl", "domid", name)[0] != 0

        if gone():
            return self._logs(name)
        domain = _run("xl", "domid", name)[1]
        code, said = _run("xl", "destroy", name, limit=120)
        if not _until(gone):
            return f"guest {name} cannot be destroyed (code {code}): {said[-200:]}"
        devices = pathlib.Path(f"{self.root}/sys/bus/xen-backend/devices")
        _until(lambda: not list(devices.glob(f"*-{domain}-*")))
        # Without its name it may still be dying, while pages of it are given back.
        _until(lambda: domain not in _domains())
        return self._logs(name)

    def _logs(self, name):
        """The toolstack's logs of a guest of ours."""
        folder = pathlib.Path(f"{self.root}/var/log/xen")
        for pattern in (f"xl-{name}.log*", f"console/guest-{name}.log*"):
            for file in folder.glob(pattern):
                file.unlink(missing_ok=True)

    def _loops(self, folder):
        """Loop devices on files below a folder of ours."""
        for file in pathlib.Path(f"{self.root}/sys/block").glob("loop*/loop/backing_file"):
            try:
                backing = file.read_text(encoding="utf-8").strip()
            except OSError:
                continue
            if backing.startswith(f"{folder}/"):
                code, said = _run("losetup", "-d", f"/dev/{file.parent.parent.name}")
                if code:
                    return f"/dev/{file.parent.parent.name} cannot be freed: {said[-200:]}"
        return None

    def _netns(self, name):
        if f"{name}" not in _run("ip", "netns", "list")[1].replace("\n", " ").split(" "):
            return None
        code, said = _run("ip", "netns", "del", name)
        return f"network namespace {name}: {said[-200:]}" if code else None

    def _link(self, name):
        def gone():
            return not pathlib.Path(f"{self.root}/sys/class/net/{name}").exists()

        code, said = (0, "") if gone() else _run("ip", "link", "del", name)
        if not _until(gone, 5):
            return f"interface {name} (code {code}): {said[-200:]}"
        # The hotplug scripts keep a lock for each bridge (vifplug(8)).
        pathlib.Path(f"{self.root}/run/xen/shoji-{name}.lock").unlink(missing_ok=True)
        return None

    def _mount(self, folder):
        def mounted():
            text = pathlib.Path(f"{self.root}/proc/mounts").read_text(encoding="utf-8")
            return any(line.split()[1] == folder for line in text.splitlines())

        if not mounted() or _until(lambda: _run("umount", folder)[0] == 0 or not mounted(), 10):
            return None
        return f"{folder} cannot be unmounted"

    def _module(self, name):
        """One that was not loaded before us. Whoever has come to use it since keeps it: a bound
        device does not count as a reference."""
        used = any(modules.devices(duty, self.root)
                   for duty, pair in modules.BACKENDS.items() if name in pair)
        if not used and _until(lambda: modules.references(name, self.root) == 0, 5):
            modules.unload(name, self.root)

    def _backend(self, value):
        """The backend that served before we exchanged it: "DUTY MODULE", or "DUTY -"."""
        duty, _, name = value.partition(" ")
        if modules.devices(duty, self.root):
            return None if modules.serving(duty, self.root) == name else \
                f"{name} is not loaded again: others use its devices"
        for other in modules.BACKENDS[duty]:
            if other != name:
                modules.unload(other, self.root)
        if name == "-" or name in modules.loaded(self.root):
            return None
        try:
            modules.Modules(self.root, os.uname().release).load(name, self.root)
        except Exception as fault:   # pylint: disable=broad-except  # the rest is taken away, too
            return f"{name} is not loaded again: {fault}"
        return None

    def _memory(self, mib):
        """Domain-0's, where the toolstack took some of it for our guests."""
        code, said = _run("xl", "list", "Domain-0")
        try:
            current = int(said.splitlines()[1].split()[2])
        except (IndexError, ValueError):
            return None if code else f"xl list Domain-0 says: {said[-200:]}"
        if current < int(mib):
            _run("xl", "mem-set", "Domain-0", f"{mib}m")
        return None

    def _netnsdir(self, folder):
        """Where ip keeps namespaces, when we were the first to have one."""
        place = pathlib.Path(f"{self.root}{folder}")
        if place.is_dir() and not any(place.iterdir()):
            _run("umount", str(place))
            try:
                place.rmdir()
            except OSError:
                pass    # another has made one meanwhile

    def _output(self, folder):
        """The folder of the results, when there are none."""
        if not any(pathlib.Path(folder).glob("rounds/*.jsonl")):
            shutil.rmtree(f"{folder}/rounds", ignore_errors=True)
            pathlib.Path(f"{folder}/about.json").unlink(missing_ok=True)
            try:
                os.rmdir(folder)
            except OSError:
                pass    # it is not there, or the user has put something into it

    def _folder(self, folder):
        shutil.rmtree(f"{self.root}{folder}", ignore_errors=True)


# In this order: who uses goes before what is used.
ORDER = {"process": Made._process, "guestdir": Made._guestdir,
         "guestconsole": Made._guestconsole, "guest": Made._guest,
         "loops": Made._loops, "netns": Made._netns,
         "netnsdir": Made._netnsdir, "link": Made._link, "mount": Made._mount,
         "backend": Made._backend, "module": Made._module, "memory": Made._memory,
         "folder": Made._folder, "output": Made._output}

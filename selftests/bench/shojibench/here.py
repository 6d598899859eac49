# SPDX-License-Identifier: GPL-2.0-only
"""The benchmark in this Domain-0: looks at the host, says what it will do, does it, and takes
everything away again."""
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time

from benchreport import machine, rows

from . import battery, existing, host, initrd, modules, plan as planning
from .leftovers import MARK, ORDER, PREFIX, Busy, Made, end_processes
from .rounds import Rounds, clock
from .stop import Stop

HERE = battery.HERE
IPERF_PORT, NETBENCH_PORT = 5291, 5390
VETH = "shbenchv"
# Loaded on the way; unloaded at the end when they were not there before.
ON_THE_WAY = ("hvbench", "brd", "loop", "veth", "bridge", "stp", "llc", "xen_netback",
              "xen_blkback", "shoji_netback", "shoji_blkback")
OF_A_RUN = ("process", "guest", "loops", "netns", "link")   # taken away after each run
CEILING = "network namespaces and loop devices on this kernel, without a guest"
WORDS = {modules.STOCK: "the kernel's own", modules.OURS: "Shoji's"}


def find_programs():
    """{name: path} of our programs: beside the installed program, or built in the source tree."""
    top = HERE.parent.parent
    folders = (HERE / "bin", top / "build/bench/bin", top / "build/lab/bin")
    found = {}
    for name in initrd.OURS:
        path = next((folder / name for folder in folders if (folder / name).exists()), None)
        if not path:
            raise Stop(f"the program {name} is not there: `make tools` builds it in the source "
                       "tree", 3)
        found[name] = str(path)
    return found


class Here(Rounds):
    """One benchmark in this Domain-0: its runs are passes of the battery."""

    name = "shoji-bench"
    plots = False

    def __init__(self, setting, plan, folder, about):
        self.plan, self.setting = plan, setting
        self.expected = [plan.seconds_of(side) for side, _, _ in plan.runs()]
        self.began_at = time.monotonic()
        self.done = 0.0      # of `expected`, in its seconds
        self.skipped = 0.0   # of `done`, what --time had no room for
        super().__init__(folder, plan.runs(), {"place": "here", **about})

    # ---- progress ----

    def left(self):
        """Seconds to go, by what was expected and how that has turned out so far."""
        gone = time.monotonic() - self.began_at
        measured = self.done - self.skipped
        pace = gone / measured if measured > 10 else 1
        left = max(0.0, sum(self.expected) - self.done) * min(max(pace, 0.3), 10)
        return min(left, max(self.plan.limit - gone, 0)) if self.plan.limit else left

    def show(self, text):
        """A line with the time: gone, and to go."""
        gone = int(time.monotonic() - self.began_at)
        left = int(self.left())
        print(f"[{gone // 60:2d}:{gone % 60:02d}, {left // 60:2d}:{left % 60:02d} left] {text}",
              flush=True)

    def _count(self, waiting, name):
        """A row has come: its step is done, and steps before it that brought none were skipped."""
        found = [row for row in waiting if battery.touches(row, name)]
        for row in list(waiting) if found else ():
            self.done += waiting[row]
            if row not in found:
                self.skipped += waiting[row]
            del waiting[row]
            if row == found[-1]:
                return

    def _follow(self, running, index):
        """Read what the battery says until it ends; the failure it names, or None."""
        side = self.steps[index][0]
        waiting = {step[0]: battery.step_seconds(step, self.plan.seconds)
                   for step in self.plan.steps_of(side)}
        before, fault, log = self.done, None, []
        for line in running.stdout:
            kind, _, text = line.rstrip("\n").partition(" ")
            if kind == "say":
                self._count(waiting, text.split(" ")[0])
                self.show(f"{side}: {text}")
            elif kind == "fail":
                fault = text
            elif kind != "stage":
                log = (log + [text if kind == "log" else line.rstrip("\n")])[-40:]
        code = running.wait()
        self.done = before + self.expected[index]
        if code and not fault:
            fault = f"the battery ended with code {code}"
        if fault:
            print("\n".join(f"  | {line}" for line in log), file=sys.stderr)
        return fault

    # ---- a run ----

    def _until(self, index):
        """For each group of rows the second since boot after which none of it begins: the run has
        its share of what --time leaves, and each group its share of that."""
        if not self.plan.limit:
            return ""
        left = self.plan.limit - (time.monotonic() - self.setting.began)
        share = max(left, 1) * self.expected[index] / sum(self.expected[index:])
        up = float(pathlib.Path("/proc/uptime").read_text(encoding="utf-8").split()[0])
        groups = self.plan.shares(self.steps[index][0])
        return " ".join(f"{group}={int(up + share * part)}" for group, part in groups.items())

    def run(self, index):
        side, number, config = self.steps[index]
        of = sum(1 for other, _, _ in self.steps if other == side)
        self.show(f"run {index + 1} of {len(self.steps)}: {side}, round {number} of {of}")
        made, began = self.setting.made, time.monotonic()
        out, env = self.setting.environment(side, config, self.plan, self._until(index))
        script = self.setting.files / "battery.sh"
        battery.write_script(script, battery.selection(self.plan.steps_of(side), self.plan.only),
                             self.setting.options.quick)
        try:
            if "which" in config:
                who = modules.users(modules.BACKENDS, self.setting.root)
                if who:
                    raise Stop("the drivers cannot be exchanged any more, for others use them: " +
                               "; ".join(who), 4)
                modules.exchange(self.setting.kernel, self.setting.duties, config["which"],
                                 self.setting.root)
            running = subprocess.Popen(["sh", str(script)], env=env, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                       errors="replace", start_new_session=True)
            fault = self._follow(running, index)
        finally:
            left = [ORDER[kind](made, value) for kind in OF_A_RUN
                    for noted, value in made.notes() if noted == kind]
        if fault:
            raise Stop(f"{side} round {number} failed after {clock(time.monotonic() - began)}: "
                       f"{fault}", 4)
        if any(left):
            raise Stop("; ".join(filter(None, left)), 4)
        self._check_drivers(side, config, out)
        self.bring_home(side, number, out)
        count = len(rows.read_run(self.rows_file(side, number)))
        self.show(f"{side}, round {number}: {count} rows in {clock(time.monotonic() - began)}")

    def _check_drivers(self, side, config, out):
        """The side's drivers must have served, or the comparison is of something else."""
        if "which" not in config:
            return
        text = (out / "about.txt").read_text(encoding="utf-8")
        for duty in self.setting.duties:
            served = re.search(rf"^{modules.DEVICE[duty]} served by=(.*)$", text, re.MULTILINE)
            if served and served[1] != modules.BACKENDS[duty][config["which"]]:
                raise Stop(f"{side}: {served[1]} served the {modules.DEVICE[duty]} instead of "
                           f"{modules.BACKENDS[duty][config['which']]}", 4)


class Setting:
    """What all runs share: the host, our files, the notes of what is made."""

    def __init__(self, options):
        self.options, self.root = options, os.environ.get("SHOJI_BENCH_ROOT", "")
        self.began = time.monotonic()
        if os.geteuid() and not self.root:
            raise Stop("only root can make guests and bridges: sudo shoji-bench", 3)
        packages = host.missing_tools(bare=options.bare)
        if packages:
            raise Stop(f"programs are missing: apt-get install {' '.join(packages)}", 3)
        self.programs = find_programs()
        self.info = {} if options.bare else host.xl_info()
        self.hv = "none" if options.bare else host.hypervisor(self.info)
        self.release = os.uname().release
        self.kernel = None if options.guest or options.bare else \
            modules.Modules(self.root, self.release)
        try:
            self.made = Made(self.root)
        except Busy as other:
            raise Stop(f"another shoji-bench is running (process {other})", 3) from None
        self.files = pathlib.Path(f"{self.root}/run/shoji-bench/files")
        self.mark = secrets.token_hex(8)
        self.guest = None
        self.net, self.memory, self.image = "", 0, ""
        self.duties, self.front, self.hvbench, self.initrd = [], "", None, None

    # ---- looking, before anything is made ----

    def look(self):
        """The plan: what can be measured here, how. Makes nothing."""
        options = self.options
        self.clean_earlier()
        if not self.root:
            battery.Pace.look()
        if options.guest:
            return self._plan_guest()
        self.net = host.free_network()
        if os.path.exists(f"{self.root}/sys/class/net/{host.BRIDGE}"):
            raise Stop(f"there is an interface {host.BRIDGE} that no run of shoji-bench made", 3)
        if options.bare:
            return self._plan_bare()
        ours = [name for name in host.others() if name.startswith(PREFIX)]
        if ours:
            raise Stop(f"there is a guest {ours[0]} that no run of shoji-bench made", 3)
        self.image = options.guest_kernel or host.kernel_image(self.root, self.release)
        version = host.kernel_version(self.image)
        self.guest_modules = modules.Modules(self.root, version)
        plan = planning.Plan({}, options.only, self._without(version), not options.no_bare,
                             limit=options.time)
        groups = [step[0].split(".")[0] for step in plan.steps_of("A")]
        if not groups:
            raise Stop("of the rows that --only names, none can be measured here: " +
                       "; ".join(f"{row}: {why}" for row, why in plan.without.items()), 3)
        self._need_memory(groups)
        self.duties = [duty for duty in modules.BACKENDS if duty in groups] or ["net", "blk"]
        plan.sides = self._compared() if options.compare else self._as_loaded()
        if host.others():
            plan.notes.append(f"the guests {', '.join(host.others())} run meanwhile, and their "
                              "load is part of the figures")
        planning.fit(plan, options)
        return plan

    def _need_memory(self, groups):
        """Stop when disks and programs would not fit."""
        need = 450 if "blk" in groups else 150
        if host.available_memory() < need:
            raise Stop(f"there are {host.available_memory()} MiB of memory to spare here, and a "
                       f"run takes about {need} for disks and programs", 3)

    def _plan_bare(self):
        """The ceiling alone: no hypervisor and no toolstack are asked for."""
        options = self.options
        plan = planning.Plan({"A": {"shown": CEILING}}, options.only, self._without_ram(), False,
                             limit=options.time, boots=False, alone="us net blk")
        if not plan.steps_of("A"):
            raise Stop(f"--bare has no row of {options.only}: it has us, net and blk", 3)
        self._need_memory(plan.groups())
        planning.fit(plan, options)
        return plan

    def _without_ram(self):
        """{beginning of rows: why they are left out} where a RAM disk of ours cannot be made."""
        if "brd" not in modules.loaded(self.root):
            return {}
        why = "brd is loaded already, and its RAM disks may be in use"
        return {"blk.ram": why, "ctl.block-attach": why}

    def _without(self, version):
        """{beginning of rows: why it is left out}."""
        out = {}
        self.hvbench = None
        if any(step[0].startswith("hv.") for step in battery.wanted(self.options.only)):
            ready = os.path.exists("/usr/lib/modules/hvbench.ko")
            headers = os.path.isdir(f"/lib/modules/{self.release}/build") and shutil.which("gcc")
            if not ready and not headers:
                out["hv"] = f"they need a module, and the headers of Linux {self.release} or gcc " \
                            "are missing"
            elif version != self.release:
                out["hv"] = "the guest's kernel is another one than Domain-0's"
        return {**out, **self._without_ram()}

    def _front(self, which, version_modules):
        """stock or shoji for the guest, for `which` drivers."""
        there = host.drivers_there(version_modules, modules.FRONTENDS, self.duties)
        return "shoji" if which == modules.OURS and there else "stock"

    def _as_loaded(self):
        """Side A: the drivers that are loaded; where there are none, those that modprobe takes."""
        back = ", ".join(modules.serving(duty, self.root) or
                         f"for {modules.DEVICE[duty]}s what modprobe loads"
                         for duty in self.duties)
        front = self.options.front or self._front(modules.OURS, self.guest_modules)
        if front == "shoji" and not host.drivers_there(self.guest_modules, modules.FRONTENDS,
                                                       self.duties):
            raise Stop("--front shoji: our frontends are not there for the guest's kernel", 3)
        shown = f"the drivers that are loaded: {back}; in the guest " \
                f"{WORDS[modules.OURS if front == 'shoji' else modules.STOCK]}"
        return {"A": {"back": back, "front": front, "shown": shown}}

    def _compared(self):
        """Sides A and B for --compare drivers; Stop when they cannot be exchanged here."""
        who = modules.users(modules.BACKENDS, self.root)
        if who:
            raise Stop("the drivers cannot be exchanged, for others use them: " + "; ".join(who) +
                       ". Without --compare the loaded ones are measured", 3)
        for which, pairs in ((which, modules.BACKENDS) for which in (modules.STOCK, modules.OURS)):
            for duty in self.duties:
                name = pairs[duty][which]
                if name in self.kernel.builtin:
                    raise Stop(f"{name} is built into this kernel and cannot be exchanged", 3)
                if not self.kernel.has(name):
                    raise Stop(f"{name} is not there for Linux {self.release}: `make install` "
                               "installs our drivers", 3)
        sides = {}
        for side, which in (("A", modules.STOCK), ("B", modules.OURS)):
            back = ", ".join(modules.BACKENDS[duty][which] for duty in self.duties)
            front = self._front(which, self.guest_modules)
            shown = f"{WORDS[which]} drivers: {back}; in the guest " \
                    f"{WORDS[modules.OURS if front == 'shoji' else modules.STOCK]}"
            sides[side] = {"back": back, "front": front, "shown": shown, "which": which}
        return sides

    def _plan_guest(self):
        options = self.options
        self.guest = existing.Guest(options.guest, options.ssh, self.programs, self.root)
        shown = f"the guest {options.guest} (domain {self.guest.domain}), reached by " \
                f"{self.guest.via} ({self.guest.target})"
        plan = planning.Plan({"A": {"back": "as loaded", "front": "the guest's", "shown": shown}},
                             options.only, self.guest.without(), False, limit=options.time,
                             boots=False)
        if not plan.steps_of("A"):
            raise Stop(f"nothing of this can be measured in {options.guest}: " +
                       "; ".join(f"{row}: {why}" for row, why in plan.without.items()), 3)
        planning.fit(plan, options)
        return plan

    def announce(self, plan, folder):
        """The text that is shown before anything begins."""
        what = f"Linux {self.release}, {os.cpu_count()} CPUs"
        if self.info:
            what = (f"this Domain-0: {self.hv} {self.info['xen_version']}, Linux {self.release}, "
                    f"{os.cpu_count()} vCPUs")
        if plan.alone:
            makes = planning.makes_bare(self.net)
        elif self.guest:
            makes = "a folder for programs in the guest, servers in Domain-0; both go at the end"
        else:
            # The size of its initial RAM disk is known when that is built.
            makes = planning.makes(plan, self.net, self.options.guest_memory or "about 256")
        return planning.text(plan, what, makes, folder)

    # ---- making ----

    def clean_earlier(self):
        """Take away what a run left behind that was killed."""
        if not self.made.notes():
            return
        print("shoji-bench: an earlier run was killed: taking away what it left behind")
        faults = self.made.undo()
        if faults:
            raise Stop("an earlier run left something that cannot be taken away: " +
                       "; ".join(faults), 4)

    def _note_modules(self):
        loaded = modules.loaded(self.root)
        for name in reversed(ON_THE_WAY):
            if name not in loaded:
                self.made.note("module", name)

    def prepare(self, plan):
        """What all runs need. Everything is noted before it is made."""
        note = self.made.note
        note("output", self.options.output)
        note("folder", "/run/shoji-bench/files")
        note("mount", str(self.files))
        note("loops", str(self.files))
        note("process", self.mark)
        if not self.guest:
            self._note_modules()
        self.files.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=90%,mode=700", "shoji-bench",
                               str(self.files)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Stop(f"no tmpfs can be mounted on {self.files}: {done.stderr.strip()}", 4)
        if self.guest:
            self.guest.put_programs(note)
            return
        if not os.path.exists(f"{self.root}/run/netns"):
            note("netnsdir", "/run/netns")
        note("link", host.BRIDGE)
        for number in (1, 2):
            note("netns", f"{PREFIX}{number}")
            note("link", f"{VETH}{number}.0")
        if not plan.alone:
            self._prepare_guests(plan)

    def _prepare_guests(self, plan):
        note, memory = self.made.note, host.dom0_memory()
        if memory:
            note("memory", memory)
        if self.options.compare:
            for duty in self.duties:
                note("backend", duty, modules.serving(duty, self.root) or "-")
        else:
            for duty in self.duties:
                if not modules.serving(duty, self.root):
                    subprocess.run(["modprobe", "-q", modules.BACKENDS[duty][modules.STOCK]],
                                   check=False)
        for number in (1, 2, 3):
            note("guest", f"{PREFIX}{number}")
        self._build_guest(plan)

    def _build_guest(self, plan):
        extra = []
        if any(step[0].startswith("hv.") for step in plan.steps_of("A")):
            self.hvbench = host.build_hvbench(HERE / "hvbench", self.files / "hvbench",
                                              self.release)
            if self.hvbench:
                extra.append(("bench/hvbench.ko", self.hvbench))
            else:
                plan.without["hv"] = "hvbench was not built"
        if not battery.guests(plan.steps_of("A")):
            return
        self.initrd = self.files / "initrd"
        size = initrd.build(self.initrd, self.guest_modules, self.programs, extra)
        self.memory = self.options.guest_memory or initrd.memory(size)
        free = int(self.info.get("free_memory", "0"))
        need = self.memory * max(1, battery.guests(plan.steps_of("A")))
        if free < need:
            print(f"shoji-bench: the hypervisor has {free} MiB free and the guests take {need}: "
                  "Domain-0 lends the rest and has it back at the end")

    def environment(self, side, config, plan, until):
        """(folder of the results, environment) of a run of the battery."""
        out, work = self.files / "out", self.files / "work"
        bare = side == "bare" or bool(plan.alone)
        for folder in (out, work):
            shutil.rmtree(folder, ignore_errors=True)
        folders = [str(pathlib.Path(path).parent) for path in self.programs.values()]
        env = dict(os.environ, **{
            MARK: self.mark, "LC_ALL": "C",
            "PATH": ":".join(dict.fromkeys(folders)) + ":" +
                    initrd.PATH,
            "BATTERY_PLACE": str(HERE / "shojibench/here.sh"), "BATTERY_UNTIL": until,
            "seconds": str(plan.seconds), "out": str(out), "work": str(work),
            "bridge": host.BRIDGE, "guest": PREFIX, "netns": PREFIX, "veth": VETH,
            "iperf_port": str(IPERF_PORT), "netbench_port": str(NETBENCH_PORT),
            "files": str(self.files), "LAB_SMP": str(os.cpu_count() or 1),
            "LAB_HV": "none" if bare else self.hv,
            "LAB_BACK": config.get("back", ""), "LAB_FRONT": config.get("front", ""),
            "sys": f"{self.root}/sys", "ping": "ping",
            "SB_CONSOLE": str(HERE / "shojibench/console.py")})
        if self.guest:
            address = self.guest.address or "127.0.0.1"
            env.update({"net": "0.0.0", "dom0_ip": address, "self_ip": address,
                        "listen": f"-B {address}", "guest_dir": self.guest.folder,
                        "SB_DOMAIN": self.guest.domain, "SB_VIA": self.guest.via,
                        "SB_TARGET": self.guest.target, "bridge": self.guest.bridge or "lo"})
            return out, env
        if bare:   # what stands for a guest has the host's files
            env["guest_dir"] = str(work)
        address = f"{self.net}.1"
        env.update({"net": self.net, "dom0_ip": address, "self_ip": address,
                    "listen": f"-B {address}", "SB_KERNEL": self.image,
                    "SB_INITRD": str(self.initrd), "SB_MEM": str(self.memory),
                    "SB_VCPUS": str(self.options.guest_vcpus),
                    "SB_MAC": f"00:16:3e:5b:{os.getpid() & 255:02x}",
                    "SB_RAM": "" if "blk.ram" in plan.without else "yes",
                    "hvbench_ko": self.hvbench or "", "guest_hvbench_ko": "/bench/hvbench.ko"})
        return out, env


def _confirm(yes):
    if yes:
        return
    if not sys.stdin.isatty():
        raise Stop("nobody can be asked here: --yes starts it without a question", 2)
    print("Go on? [Y/n] ", end="", flush=True)
    if sys.stdin.readline().strip().lower() not in ("", "y", "yes"):
        raise Stop("nothing was done", 0)


def _interrupt(_number, _frame):
    raise KeyboardInterrupt


def _take_away(setting):
    """Everything, with no signal to disturb it; the sentences of what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    faults = setting.made.undo()
    for fault in faults:
        print(f"shoji-bench: left behind: {fault}; `shoji-bench clean` tries again",
              file=sys.stderr)
    setting.made.close()
    return faults


def _measured(setting):
    options = setting.options
    plan = setting.look()
    print(setting.announce(plan, options.output))
    _confirm(options.yes)
    setting.began = time.monotonic()
    folder = pathlib.Path(options.output)
    setting.prepare(plan)
    about = {"machine": machine.describe_here(),
             "sides": {side: config["shown"] for side, config in plan.sides.items()}}
    if not plan.alone:
        about["machine"]["Domain-0"] = f"{os.cpu_count()} vCPUs"
        about["sides"]["bare"] = CEILING
    return Here(setting, plan, folder, about).measure()


def measure(options):
    """The command without a name: the exit code."""
    # SIGINT too: a shell starts what is in the background with it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    setting = Setting(options)
    code = 130
    try:
        code = _measured(setting)
    except KeyboardInterrupt:
        print("\nshoji-bench: interrupted", file=sys.stderr)
    finally:
        left = _take_away(setting)
    return code or (4 if left else 0)


def clean():
    """`shoji-bench clean`: the exit code."""
    root = os.environ.get("SHOJI_BENCH_ROOT", "")
    if os.geteuid() and not root:
        raise Stop("only root can take away guests and bridges: sudo shoji-bench clean", 3)
    try:
        made = Made(root)
    except Busy as other:
        raise Stop(f"shoji-bench is running (process {other}): end it first", 3) from None
    found = made.notes()
    faults = made.undo()
    made.close()
    for fault in faults:
        print(f"shoji-bench: left behind: {fault}", file=sys.stderr)
    if not faults:
        print("shoji-bench: " + ("what was left behind is gone" if found
                                 else "nothing was left behind"))
    return 4 if faults else 0

// SPDX-License-Identifier: GPL-2.0-only
// The life of a VM with an npm package that nobody here wrote: xen-api, or @xen-orchestra/xapi,
// whose class adds to that of xen-api:
//
//     node xen_api.mjs PACKAGE URL USER PASSWORD json-rpc|xml-rpc|auto
//
// Prints a line for each step that succeeded, its name, and a message and status 1 at a failure.
// What the client knows of objects comes from events: it watches them.
import assert from "node:assert";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The package is not beside this file: MODULES names the folder that npm filled.
const resolve = createRequire(`${process.env.MODULES}/x.js`).resolve;
const [name, url, user, password, transport] = process.argv.slice(2);
const { Xapi } = await import(pathToFileURL(resolve(name)));
const xapi = new Xapi({ url, transport, allowUnauthorized: true, auth: { user, password } });

const all = (type) => Object.values(xapi.objects.all).filter((object) => object.$type === type);
const count = () => ["VM", "VDI", "VBD", "VIF", "console"].map((type) => all(type).length).join();

// Until the object with this reference, as events tell of it, satisfies the predicate.
const until = async (ref, predicate, what) => {
    const end = Date.now() + 30e3;
    for (;;) {
        const object = xapi.getObjectByRef(ref, null);
        if (predicate(object)) return object;
        if (Date.now() > end) throw new Error(`no event within 30 s: ${what}`);
        await new Promise((resume) => setTimeout(resume, 20));
    }
};

async function disk(vm, device, sr) {
    const vdi = await xapi.call("VDI.create", {
        name_label: `disk ${device}`, name_description: "", SR: sr.$ref, virtual_size: 4194304,
        type: "user", sharable: false, read_only: false, other_config: {}, xenstore_data: {},
        sm_config: {}, tags: [],
    });
    const vbd = await xapi.call("VBD.create", {
        VM: vm, VDI: vdi, userdevice: device, bootable: device === "0", mode: "RW", type: "Disk",
        unpluggable: true, empty: false, other_config: {}, qos_algorithm_type: "",
        qos_algorithm_params: {},
    });
    return [vdi, vbd];
}

const vif = (vm, device, network) => xapi.call("VIF.create", {
    VM: vm, device, network: network.$ref, MAC: "", MTU: 1500, other_config: {},
    qos_algorithm_type: "", qos_algorithm_params: {}, locking_mode: "network_default",
    ipv4_allowed: [], ipv6_allowed: [],
});

let before, sr, network, vm, disks, snapshot;
const steps = {
    async "log in, list"() {
        await xapi.connect();
        await xapi.objectsFetched;
        assert.equal(xapi.pool.$master.$type, "host");
        sr = all("SR").find((one) => one.type === "file");
        network = all("network").find((one) => one.bridge === "xenbr0");
        assert(sr && network && all("VM").some((one) => one.is_control_domain));
        before = count();
    },
    async "create a VM from a template, with a disk and a network"() {
        const template = all("VM").find((one) => one.is_a_template && !one.is_a_snapshot);
        vm = await xapi.call("VM.clone", template.$ref, `web ${transport}`);
        await xapi.callAsync("VM.provision", vm);
        await xapi.setField("VM", vm, "name_description", "ä <&> \"quoted\"");
        await xapi.setFieldEntry("VM", vm, "other_config", "owner", "ann");
        disks = [await disk(vm, "0", sr)];
        await vif(vm, "0", network);
        const made = await until(vm, (one) => one?.VIFs.length === 1, "the VIF");
        assert.equal(made.name_description, "ä <&> \"quoted\"");
        assert.equal(made.other_config.owner, "ann");
        assert.equal(made.is_a_template, false);
        assert.equal(made.$VBDs[0].$VDI.virtual_size, 4194304);
    },
    async "start it, and wait by events until it runs"() {
        const running = until(vm, (one) => one.power_state === "Running", "it runs");
        await xapi.callAsync("VM.start", vm, false, false);
        const one = await running;
        assert(one.domid > 0 && one.$resident_on.$ref === xapi.pool.master);
        await until(vm, (now) => now.$VBDs.every((vbd) => vbd.currently_attached), "its disk");
        if (process.env.ADDRESS)
            await until(vm, (now) => now.$guest_metrics?.networks["0/ip"], "its address");
    },
    async "an error has XenAPI's words"() {
        await assert.rejects(xapi.call("VM.start", vm, false, false),
            { code: "VM_BAD_POWER_STATE", params: [vm, "halted", "running"] });
        await assert.rejects(xapi.call("VM.get_by_uuid", "x"), { code: "UUID_INVALID" });
    },
    async "plug a disk and an interface while it runs"() {
        disks.push(await disk(vm, "1", sr));
        const second = await vif(vm, "1", network);
        for (const [kind, ref] of [["VBD", disks[1][1]], ["VIF", second]]) {
            await xapi.callAsync(`${kind}.plug`, ref);
            await until(ref, (one) => one?.currently_attached, `${kind}.plug`);
            await xapi.callAsync(`${kind}.unplug`, ref);
            await until(ref, (one) => !one.currently_attached, `${kind}.unplug`);
        }
    },
    async "take a snapshot"() {
        snapshot = await xapi.callAsync("VM.snapshot", vm, "before");
        const made = await until(snapshot, (one) => one?.is_a_snapshot, "the snapshot");
        assert.equal(made.snapshot_of, vm);
        assert.equal(made.$VBDs.length, 2);
    },
    async "a barrier: all events up to here have come"() {
        await xapi.barrier();
        await xapi.barrier(vm);
    },
    async "shut it down"() {
        await xapi.callAsync("VM.clean_shutdown", vm);
        await until(vm, (one) => one.power_state === "Halted", "it is halted");
    },
    async "destroy it, and nothing is left behind"() {
        for (const ref of [snapshot, vm]) {
            const vdis = xapi.getObjectByRef(ref).$VBDs.map((vbd) => vbd.VDI);
            await xapi.call("VM.destroy", ref);
            for (const vdi of vdis) await xapi.call("VDI.destroy", vdi);
            await until(ref, (one) => one === null, "it is gone");
        }
        await xapi.barrier();
        assert.equal(count(), before);
        await xapi.disconnect();
    },
};

for (const [name, step] of Object.entries(steps)) {
    try {
        await step();
    } catch (error) {
        console.log(`${name}: ${error.stack} ${JSON.stringify(error.params ?? "")}`);
        process.exit(1);
    }
    console.log(name);
}
process.exit(0);

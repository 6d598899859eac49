/* SPDX-License-Identifier: GPL-2.0-only */
/* VMs: their state, their configuration for the backend, their life. */
#ifndef XAPID_VM_H
#define XAPID_VM_H

#include "backend.h"
#include "call.h"
#include "operation.h"

/* --- vm_state.c: what the fields say while a domain runs; in a transaction --- */

/** vm_domid(): Return: the domain's number, -1 if none runs. */
int vm_domid(const struct object *vm);
/** vm_in(): Return: whether power_state is one of "Running|Paused". */
bool vm_in(const struct object *vm, const char *states);
/** vm_check_state(): Return: vm_in(); if not, the call failed with VM_BAD_POWER_STATE. */
bool vm_check_state(struct call *call, const struct object *vm, const char *states);
/** vm_check_real(): Return: whether it is no template, snapshot or Domain-0; or the call failed. */
bool vm_check_real(struct call *call, const struct object *vm);
/** vm_vif_wanted(): Return: whether a VIF is to be attached: its locking mode is not disabled. */
bool vm_vif_wanted(const struct object *vif);
/** vm_mark_running(): A domain runs; its devices are attached. */
void vm_mark_running(struct object *vm, unsigned int domid, bool paused);
/** vm_mark_halted(): No domain runs any more. */
void vm_mark_halted(struct object *vm);
/** vm_mark_suspended(): Its domain is gone, its memory is in suspend_VDI; devices stay attached. */
void vm_mark_suspended(struct object *vm);
/** vm_networks(): Return: a domain's addresses, as guest_metrics.networks has them. No lock. */
struct value *vm_networks(unsigned int domid);
/** vm_refresh(): Bring the metrics up to what the backend and vm_networks() say. */
void vm_refresh(struct object *vm, const struct backend_domain *domain, struct value *networks);
/** vm_foreign(): Return: whether another toolstack made the domain. */
bool vm_foreign(const struct object *vm);
/** vm_set_foreign(): Mark a VM as another toolstack's. */
void vm_set_foreign(struct object *vm);

/* --- vm_config.c --- */

/**
 * vm_config() - what the backend needs to build a VM
 *
 * A suspended VM has the devices that it had, another one all that are to be attached.
 * Return: the configuration, or NULL after a failure.
 */
struct backend_config *vm_config(struct call *call, struct object *vm);
/** vm_config_free(): Free it; NULL is allowed. */
void vm_config_free(struct backend_config *config);
/** vm_is_hvm(): Return: whether its domain is, or would be, an HVM one. */
bool vm_is_hvm(const struct object *vm);
/** vm_disk(): Describe a VBD's disk; vm_disk_free() frees. Return: false after a failure. */
bool vm_disk(struct call *call, struct object *vbd, struct backend_disk *disk);
/** vm_medium(): The same, with a VDI in it that it does not have yet; NULL for none. */
bool vm_medium(struct call *call, struct object *vbd, struct object *vdi,
	       struct backend_disk *disk);
/** vm_disk_free(): Free its texts. */
void vm_disk_free(struct backend_disk *disk);
/** vm_nic(): Describe a VIF; vm_nic_free() frees. Return: false after a failure. */
bool vm_nic(struct call *call, struct object *vif, struct backend_nic *nic);
/** vm_nic_free(): Free its texts. */
void vm_nic_free(struct backend_nic *nic);

/* --- vm_power.c --- */

/** vm_power_setup(): How many seconds a guest may take to shut down. */
void vm_power_setup(int seconds);
/** vm_start_now(): Start a VM that a guard of the caller's protects. Return: NULL or why not. */
char *vm_start_now(const char *ref);
/**
 * vm_power_on() - start the VMs that are to start with the host
 * @state: the daemon's folder; a file there says for which start of the host that was done
 *
 * They have other_config:auto_poweron=true, and the pool, too.
 */
void vm_power_on(const char *state);
/** vm_blocked(): Return: whether blocked_operations has it; then the call failed. */
bool vm_blocked(struct call *call, const struct object *vm, const char *operation);
/** vm_can_start(): Return: whether the host has room and the disks are free; or the call failed. */
bool vm_can_start(struct call *call, const struct object *vm);
extern const struct api vm_power_api[];

/* --- vm_suspend.c: a VM's memory in a VDI --- */

/**
 * vm_save() - write a running VM's memory to a new VDI of its suspend SR
 * @journal: gets the journal's entry of the VDI, as in vdi_copy()
 *
 * Takes the lock; the VM is guarded. The domain stays, suspended. Return: the VDI's reference, a
 * new one, or NULL after a failure, when the domain goes on.
 */
struct value *vm_save(struct call *call, const char *vm, unsigned int domid, long long *journal);
/** vm_discard(): VM.hard_shutdown of a suspended VM: its memory goes. */
struct value *vm_discard(struct call *call);
extern const struct api vm_suspend_api[];

/* --- vm_edit.c: create, destroy, memory, CPUs --- */

/** vm_delete(): Delete a VM with its VBDs, VIFs, consoles and metrics; in a transaction. */
void vm_delete(struct object *vm);
/** vm_delete_devices(): Delete its VBDs and VIFs alone; in a transaction. */
void vm_delete_devices(struct object *vm);
extern const struct api vm_edit_api[];

/* --- vm_copy.c: clone, copy, snapshot, checkpoint, revert --- */

extern const struct api vm_copy_api[];

/* --- vm_provision.c: the disks that a template describes --- */

extern const struct api vm_provision_api[];

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Storage: what an SR is, by its type, and the images in it. A driver's functions work on the disk,
 * may block, and are called without the store's lock.
 */
#ifndef XAPID_STORAGE_H
#define XAPID_STORAGE_H

#include "call.h"

struct storage_image {
	char *location;      /* the image's name in its SR */
	uint64_t size, used; /* bytes */
};

struct storage_copy {
	const char *place, *location; /* where the copy is made */
	char *from;                   /* the original's path */
	uint64_t size;
	bool live; /* a guest writes to the original */
};

struct storage_driver {
	const char *type;
	const char *key; /* of device_config: what says where the SR is */
	bool read_only, block;
	/* Make the SR's place usable, or check that it is. NULL, or why not, to be freed. */
	char *(*attach)(const char *place, bool create);
	/* Total and used bytes. */
	char *(*sizes)(const char *place, uint64_t *size, uint64_t *used);
	/* All images there, an array for the caller to free. */
	char *(*scan)(const char *place, struct storage_image **images, int *n);
	char *(*create)(const char *place, const char *location, uint64_t size);
	char *(*destroy)(const char *place, const char *location);
	char *(*resize)(const char *place, const char *location, uint64_t size);
	/* A copy of an image by its path, by reflink where that can be; if it is live, only so. */
	char *(*copy)(const struct storage_copy *copy, const struct call *call);
	/* The path of an image, to be freed. */
	char *(*path)(const char *place, const char *location);
};

extern const struct storage_driver storage_file, storage_iso;

/** storage_driver(): Return: the driver of a type, or NULL. */
const struct storage_driver *storage_driver(const char *type);
/** storage_types(): Return: a set of all types, a new reference. */
struct value *storage_types(void);
/** storage_place(): Return: where an attached SR is, to be freed, or NULL after a failure. */
char *storage_place(struct call *call, const struct object *sr);
/** storage_path(): Return: the path of a VDI, to be freed, or NULL after a failure. */
char *storage_path(struct call *call, const struct object *vdi, bool *block);
/** storage_refresh(): Write an SR's sizes, found by its driver; takes the lock. */
void storage_refresh(const char *sr);

extern const struct api sr_api[], vdi_api[];

/** vdi_in_use(): Return: whether a VM has the VDI attached, or is about to. The lock is held. */
bool vdi_in_use(const struct object *vdi);
enum vdi_copy_kind { VDI_COPY, VDI_CLONE, VDI_SNAPSHOT };

/**
 * vdi_copy() - make a copy of a VDI in an SR
 * @sr: NULL for the original's
 * @kind: what the copy is called, and whether it is a snapshot of the original
 * @still: the guest that has the original attached is paused
 * @journal: if not NULL, the journal's entry of the copy goes on: the caller ends it in the
 *           transaction that uses the copy, and until then a daemon that dies removes the copy
 *
 * Takes the lock. Return: the copy's reference, a new one, or NULL after a failure.
 */
struct value *vdi_copy(struct call *call, const char *vdi, const char *sr, enum vdi_copy_kind kind,
		       bool still, long long *journal);
/**
 * vdi_create() - make a VDI
 * @record: as VDI.create wants it
 * @journal: as in vdi_copy()
 *
 * Takes the lock. Return: the reference, a new one, or NULL after a failure.
 */
struct value *vdi_create(struct call *call, const struct value *record, long long *journal);
/** vdi_drop(): vdi_remove() of what nobody asked for, and the journal's entry of it ends. */
void vdi_drop(const struct call *call, const char *vdi, long long journal);
/** vdi_remove(): Delete a VDI with its image; takes the lock. Return: false after a failure. */
bool vdi_remove(struct call *call, const char *vdi);

#endif

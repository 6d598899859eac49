/* SPDX-License-Identifier: GPL-2.0-only */
/* A raw image as a VHD, on its way out or in. */
#ifndef XAPID_VHD_H
#define XAPID_VHD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct vhd;

/**
 * vhd_export() - a dynamic VHD of an image, of those blocks that have data
 * @fd: of the image, which stays open and is not written meanwhile
 * @size: of the image
 *
 * Source: Microsoft's "Virtual Hard Disk Image Format Specification", 1.0.
 * Return: it, for vhd_free(); NULL if the image is larger than the 2040 GiB of a VHD.
 */
struct vhd *vhd_export(int fd, uint64_t size);
/** vhd_size(): Return: the bytes of an exported VHD. */
uint64_t vhd_size(const struct vhd *v);
/** vhd_read(): Read up to n of them at a place. Return: how many, -1 after an error. */
ssize_t vhd_read(struct vhd *v, uint64_t at, char *data, size_t n);
/**
 * vhd_import() - a VHD, dynamic or fixed, that comes in order
 * @size: of the image, which a VHD may not exceed
 *
 * The image is empty first. Return: it, for vhd_free().
 */
struct vhd *vhd_import(int fd, uint64_t size);
/** vhd_write(): Take the next n bytes. Return: false if they are no VHD, or cannot be written. */
bool vhd_write(struct vhd *v, const char *data, size_t n);
/** vhd_complete(): Return: whether all of the VHD has come. */
bool vhd_complete(const struct vhd *v);
/** vhd_free(): Free it; NULL is allowed. */
void vhd_free(struct vhd *v);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's file system: what it is and its parameters, by path (hypercall 42). */
#ifndef SHOJI_XEN_HYPFS_H
#define SHOJI_XEN_HYPFS_H

#include "xen.h"

#define XEN_HYPFS_OP_get_version    0 /* 1 is the result */
#define XEN_HYPFS_OP_read	    1 /* path, length, buffer, size: entry, then contents */
#define XEN_HYPFS_OP_write_contents 2 /* path, length, contents, size */

#define XEN_HYPFS_MAX_PATHLEN 1024 /* with the final zero */

#define XEN_HYPFS_TYPE_DIR    0 /* xen_hypfs_dirlistentry one after the other */
#define XEN_HYPFS_TYPE_BLOB   1
#define XEN_HYPFS_TYPE_STRING 2 /* with its final zero */
#define XEN_HYPFS_TYPE_UINT   3
#define XEN_HYPFS_TYPE_INT    4
#define XEN_HYPFS_TYPE_BOOL   5
#define XEN_HYPFS_ENC_PLAIN   0
#define XEN_HYPFS_ENC_GZIP    1

struct xen_hypfs_direntry {
	uint8_t type; /* XEN_HYPFS_TYPE_* */
	uint8_t encoding; /* XEN_HYPFS_ENC_* */
	uint16_t pad;
	uint32_t content_len; /* bytes */
	uint32_t max_write_len; /* 0: read only */
};
typedef struct xen_hypfs_direntry xen_hypfs_direntry_t;

struct xen_hypfs_dirlistentry {
	xen_hypfs_direntry_t e;
	uint16_t off_next; /* from this entry; 0: it is the last one */
	char name[]; /* ends with a zero */
};

#endif

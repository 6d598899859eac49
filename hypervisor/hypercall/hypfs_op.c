// SPDX-License-Identifier: GPL-2.0-only
/*
 * hypfs (hypercall 42): a tree of values by path for Domain-0 (ABI.md 5.7). The leaves stand in one
 * table, those of a directory one after the other; directories follow from their paths, but for
 * /cpupool, whose contents are the pools at the moment. Hypercall context, no locks at entry.
 */
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/percpu.h>
#include <hv/sched/cpupool.h>
#include <hv/version.h>
#include <x86/uaccess.h>
#include <xen/hypfs.h>

#define HYPFS_VERSION	1
#define PATH_ROOM	128	/* none of ours is longer */
#define CONTENT_ROOM	256
#define POOLS_DIR	"/cpupool"

/* ---- the leaves ---- */

struct leaf {
	const char *path;
	uint8_t type;
	const char *option;	/* cmdline_tune() writes it; NULL: read only */
	const char *text;	/* what a string is; NULL: read() tells */
	uint32_t (*read)(void *to);	/* the value, its size; at most CONTENT_ROOM */
};

static uint32_t put_text(void *to, const char *text)
{
	return (uint32_t)copy_string(to, text, CONTENT_ROOM) + 1;
}

static uint32_t put_uint(void *to, uint32_t n)
{
	memcpy(to, &n, sizeof(n));
	return sizeof(n);
}

static uint32_t read_major(void *to)
{
	return put_uint(to, options.xen_version >> 16);
}

static uint32_t read_minor(void *to)
{
	return put_uint(to, options.xen_version & 0xffff);
}

static uint32_t read_grant_frames(void *to)
{
	return put_uint(to, tunables.gnttab_max_frames);
}

static uint32_t read_maptrack_frames(void *to)
{
	return put_uint(to, tunables.gnttab_max_maptrack_frames);
}

static const char *level_name(int level)
{
	static const char *const names[] = {[L_ERR] = "error", [L_WARN] = "warning",
					    [L_INFO] = "info", [L_GUEST] = "info",
					    [L_DEBUG] = "all"};

	return level < 0 ? "none" : names[MIN(level, (int)L_DEBUG)];
}

static uint32_t read_loglvl(void *to)
{
	return put_text(to, level_name(tunables.loglvl));
}

static uint32_t read_guest_loglvl(void *to)
{
	return put_text(to, level_name(tunables.guest_loglvl));
}

static uint32_t read_noreboot(void *to)
{
	*(uint8_t *)to = tunables.noreboot;
	return 1;
}

static uint32_t read_poll(void *to)
{
	if (tunables.vcpu_poll_us == VCPU_POLL_AUTO)
		return put_text(to, "auto");
	return (uint32_t)snprintf(to, CONTENT_ROOM, "%u", tunables.vcpu_poll_us) + 1;
}

#define TEXT(p, t)	 {.path = p, .type = XEN_HYPFS_TYPE_STRING, .text = t}
#define NUMBER(p, r)	 {.path = p, .type = XEN_HYPFS_TYPE_UINT, .read = r}
#define PARAM(n, t, r)	 {"/params/" n, XEN_HYPFS_TYPE_##t, n, NULL, r}

static const struct leaf leaves[] = {
	TEXT("/buildinfo/changeset", HV_CHANGESET),
	TEXT("/buildinfo/compileinfo/compile_by", HV_COMPILE_BY),
	TEXT("/buildinfo/compileinfo/compile_date", HV_DATE),
	TEXT("/buildinfo/compileinfo/compile_domain", HV_COMPILE_DOMAIN),
	TEXT("/buildinfo/compileinfo/compiler", HV_COMPILER),
	TEXT("/buildinfo/version/extra", HV_EXTRAVERSION),
	NUMBER("/buildinfo/version/major", read_major),
	NUMBER("/buildinfo/version/minor", read_minor),
	{.path = POOLS_DIR, .type = XEN_HYPFS_TYPE_DIR},
	PARAM("gnttab_max_frames", UINT, read_grant_frames),
	PARAM("gnttab_max_maptrack_frames", UINT, read_maptrack_frames),
	PARAM("guest_loglvl", STRING, read_guest_loglvl),
	PARAM("loglvl", STRING, read_loglvl),
	PARAM("noreboot", BOOL, read_noreboot),
	PARAM("vcpu_poll_us", STRING, read_poll),
};
/* In each pool's directory. */
static const struct leaf pool_leaf = TEXT("sched-gran", "cpu");

static uint32_t content_of(const struct leaf *l, void *to)
{
	return l->text ? put_text(to, l->text) : l->read(to);
}

/* ---- the tree ---- */

/* The walk through a directory: what comes next, and what came last. */
struct walk {
	unsigned int leaf, pool;
	char name[PATH_ROOM];	/* of the child; "" at first */
};

/* What lies at a path: a directory, or a leaf. */
struct node {
	bool dir;
	const struct leaf *leaf;
};

/* The pool whose directory path is; -1: of none. What follows it is *rest. */
static int pool_of(const char *path, const char **rest)
{
	const char *p = path + sizeof(POOLS_DIR) - 1;
	struct cpupool_info info;
	unsigned int id = 0;

	if (strncmp(path, POOLS_DIR "/", sizeof(POOLS_DIR)) != 0)
		return -1;
	do {
		p++;
		if (*p < '0' || *p > '9' || id > 1000 || (*p == '0' && p[1] >= '0' && p[1] <= '9' &&
							   p[-1] == '/'))
			return -1;
		id = id * 10 + (unsigned int)(*p - '0');
	} while (p[1] && p[1] != '/');
	*rest = p + 1;
	return cpupool_info(id, &info) || info.id != id ? -1 : (int)id;
}

/* The next child of dir ("" is the root); false: there is none any more. */
static bool next_child(const char *dir, struct walk *w)
{
	size_t n = strlen(dir), length;
	struct cpupool_info info;
	const char *rest, *name;

	if (strcmp(dir, POOLS_DIR) == 0) {
		if (cpupool_info(w->pool, &info))
			return false;
		w->pool = info.id + 1;
		snprintf(w->name, sizeof(w->name), "%u", info.id);
		return true;
	}
	if (pool_of(dir, &rest) >= 0 && !*rest) {
		copy_string(w->name, pool_leaf.path, sizeof(w->name));
		return !w->pool++;
	}
	for (; w->leaf < ARRAY_SIZE(leaves); w->leaf++) {
		name = leaves[w->leaf].path;
		if (strncmp(name, dir, n) != 0 || name[n] != '/')
			continue;
		name += n + 1;
		for (length = 0; name[length] && name[length] != '/'; length++)
			;
		if (strncmp(w->name, name, length) == 0 && !w->name[length])
			continue;	/* another leaf of the same directory */
		memcpy(w->name, name, length);
		w->name[length] = 0;
		return true;
	}
	return false;
}

/* 0, or -ENOENT. */
static int find(const char *path, struct node *n)
{
	struct walk w = {0};
	const char *rest;

	*n = (struct node){false, NULL};
	if (pool_of(path, &rest) >= 0) {
		n->dir = !*rest;
		if (*rest == '/' && strcmp(rest + 1, pool_leaf.path) == 0)
			n->leaf = &pool_leaf;
		return n->dir || n->leaf ? 0 : -ENOENT;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(leaves); i++)
		if (leaves[i].type != XEN_HYPFS_TYPE_DIR && strcmp(leaves[i].path, path) == 0)
			n->leaf = &leaves[i];
	n->dir = !n->leaf && next_child(path, &w);
	return n->dir || n->leaf ? 0 : -ENOENT;
}

#define NAME_AT		offsetof(struct xen_hypfs_dirlistentry, name)

/* The size of a child's entry: aligned, as the next one begins behind it. */
static uint32_t entry_size(const char *name)
{
	return (uint32_t)((NAME_AT + strlen(name) + 1 + 3) & ~(size_t)3);
}

static uint32_t dir_size(const char *dir)
{
	struct walk w = {0};
	uint32_t size = 0;

	while (next_child(dir, &w))
		size += entry_size(w.name);
	return size;
}

/* path is that of n; content has CONTENT_ROOM, and gets the value of a leaf. */
static struct xen_hypfs_direntry describe(const struct node *n, const char *path, void *content)
{
	struct xen_hypfs_direntry e = {.type = XEN_HYPFS_TYPE_DIR};

	if (n->dir) {
		e.content_len = dir_size(path);
		return e;
	}
	e.type = n->leaf->type;
	e.content_len = content_of(n->leaf, content);
	if (n->leaf->option)
		e.max_write_len = e.type == XEN_HYPFS_TYPE_STRING ? CONTENT_ROOM : e.content_len;
	return e;
}

/* ---- reading ---- */

/* The children of a directory; of each as much as a look at it alone would tell. */
static long put_dir(const char *dir, gaddr_t to, uint32_t size)
{
	char child[2 * PATH_ROOM], content[CONTENT_ROOM];
	union {
		struct xen_hypfs_dirlistentry entry;
		char bytes[NAME_AT + PATH_ROOM + 4];
	} u;
	struct walk w = {0};
	struct node n;
	uint32_t at = 0, length;

	while (next_child(dir, &w)) {
		snprintf(child, sizeof(child), "%s/%s", dir, w.name);
		length = entry_size(w.name);
		if (at + length > size || find(child, &n))
			break;	/* a pool came or went meanwhile */
		memset(&u, 0, sizeof(u));
		u.entry.e = describe(&n, child, content);
		u.entry.off_next = at + length < size ? (uint16_t)length : 0;
		memcpy(u.bytes + NAME_AT, w.name, strlen(w.name));
		if (copy_to_guest(to + at, &u, length))
			return -EFAULT;
		at += length;
	}
	return at == size ? 0 : -EAGAIN;
}

static long hypfs_read(const char *path, gaddr_t to, uint64_t room)
{
	char content[CONTENT_ROOM];
	struct xen_hypfs_direntry e;
	struct node n;

	if (room < sizeof(e))
		return -EINVAL;
	if (find(path, &n))
		return -ENOENT;
	e = describe(&n, path, content);
	if (copy_to_guest(to, &e, sizeof(e)))
		return -EFAULT;
	if (room < sizeof(e) + e.content_len)
		return -ENOBUFS;
	if (n.dir)
		return put_dir(path, to + sizeof(e), e.content_len);
	return copy_to_guest(to + sizeof(e), content, e.content_len);
}

/* ---- writing ---- */

/* The text that the command line would have for a value. */
static int text_of(uint8_t type, const char *value, uint64_t length, char *text)
{
	uint32_t n;

	switch (type) {
	case XEN_HYPFS_TYPE_BOOL:
		if (*(const uint8_t *)value > 1)
			return -EINVAL;
		copy_string(text, *value ? "yes" : "no", CONTENT_ROOM);
		return 0;
	case XEN_HYPFS_TYPE_UINT:
		memcpy(&n, value, sizeof(n));
		snprintf(text, CONTENT_ROOM, "%u", n);
		return 0;
	default:
		if (memchr(value, 0, length) != value + length - 1)
			return -EINVAL;
		memcpy(text, value, length);
		return 0;
	}
}

static long hypfs_write(const char *path, gaddr_t from, uint64_t length)
{
	char content[CONTENT_ROOM], text[CONTENT_ROOM];
	struct xen_hypfs_direntry e;
	struct node n;
	int rc;

	if (find(path, &n))
		return -ENOENT;
	e = describe(&n, path, content);
	if (!e.max_write_len)
		return -EACCES;
	if (length > e.max_write_len)
		return -ENOSPC;
	if (!length || (e.type != XEN_HYPFS_TYPE_STRING && length != e.content_len))
		return -EDOM;
	if (copy_from_guest(content, from, length))
		return -EFAULT;
	rc = text_of(e.type, content, length, text);
	if (!rc)
		rc = cmdline_tune(n.leaf->option, text);
	if (!rc)
		log_info("parameter %s was set at run time\n", n.leaf->option);
	return rc;
}

/* ---- the door ---- */

/* The path as a string; the root's is "". A path longer than all of ours leads nowhere. */
static int get_path(gaddr_t from, uint64_t length, char path[PATH_ROOM])
{
	if (!length || length > XEN_HYPFS_MAX_PATHLEN)
		return -EINVAL;
	if (length > PATH_ROOM)
		return -ENOENT;
	if (copy_from_guest(path, from, length))
		return -EFAULT;
	if (strnlen(path, length) != length - 1 || path[0] != '/')
		return -EINVAL;
	if (!path[1])
		path[0] = 0;
	return 0;
}

/*
 * do_hypfs_op(cmd, path, its length, buffer, its size): XEN_HYPFS_OP_*. 0, the version, -EPERM (not
 * Domain-0), -EINVAL, -ENOENT, -EFAULT, -ENOBUFS (the entry tells how much it is), -EACCES (read
 * only), -ENOSPC, -EDOM (another size), -EAGAIN (the pools changed), -ENOSYS. Source: ABI.md 5.7.
 */
HYPERCALL(do_hypfs_op)
{
	char path[PATH_ROOM];
	int rc;

	(void)a6;
	if (!current->domain->privileged)
		return -EPERM;
	if (a1 == XEN_HYPFS_OP_get_version)
		return a2 || a3 || a4 || a5 ? -EINVAL : HYPFS_VERSION;
	if (a1 != XEN_HYPFS_OP_read && a1 != XEN_HYPFS_OP_write_contents)
		return not_implemented("hypfs_op", (unsigned int)a1);
	rc = get_path(a2, a3, path);
	if (rc)
		return rc;
	return a1 == XEN_HYPFS_OP_read ? hypfs_read(path, a4, a5) : hypfs_write(path, a4, a5);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypfs. Claims: each value can be read by its path, directories list what is in them, a write
 * changes the option that counts and nothing that the command line would not accept.
 */
/* sources: hypervisor/hypercall/hypfs_op.c hypervisor/boot/cmdline.c */
/* sources: hypervisor/boot/cmdline_cpu.c */
#define OPTIONS_ELSEWHERE
#include "control_world.h"

#include "effects.h"

#include <hv/sched/cpupool.h>
#include <hv/version.h>
#include <xen/hypfs.h>

static char buffer[2048];
static struct xen_hypfs_direntry *const entry = (void *)buffer;
static const char *const content = buffer + sizeof(struct xen_hypfs_direntry);

size_t copy_string(char *dst, const char *src, size_t size)
{
	size_t n = strnlen(src, size - 1);

	memcpy(dst, src, n);
	dst[n] = 0;
	return n;
}

/* Pools 0 and 12. */
int cpupool_info(unsigned int id, struct cpupool_info *info)
{
	if (id > 12)
		return -ENOENT;
	info->id = id ? 12 : 0;
	return 0;
}

static long hypfs(uint64_t cmd, const char *path, const void *data, size_t size)
{
	return do_hypfs_op(cmd, at(path), strlen(path) + 1, at(data), size, 0);
}

static long get(const char *path)
{
	memset(buffer, 0xee, sizeof(buffer));
	return hypfs(XEN_HYPFS_OP_read, path, buffer, sizeof(buffer));
}

static long put(const char *path, const void *data, size_t size)
{
	return hypfs(XEN_HYPFS_OP_write_contents, path, data, size);
}

static bool is_text(const char *path, const char *text)
{
	return !get(path) && entry->type == XEN_HYPFS_TYPE_STRING &&
	       entry->content_len == strlen(text) + 1 && !strcmp(content, text);
}

static bool is_uint(const char *path, uint32_t n)
{
	return !get(path) && entry->type == XEN_HYPFS_TYPE_UINT && entry->content_len == 4 &&
	       !memcmp(content, &n, 4);
}

/* The names in a directory, with a blank behind each; a slash behind a directory's. */
static const char *list(const char *path)
{
	static char names[512];
	const char *at_entry = content;

	names[0] = 0;
	if (get(path) || entry->type != XEN_HYPFS_TYPE_DIR)
		return "none";
	for (;;) {
		const struct xen_hypfs_dirlistentry *d = (const void *)at_entry;

		strcat(names, d->name);
		strcat(names, d->e.type == XEN_HYPFS_TYPE_DIR ? "/ " : " ");
		if (!d->off_next)
			break;
		at_entry += d->off_next;
		if (at_entry >= content + entry->content_len || strlen(names) > 400)
			return "endless";
	}
	return names;
}

static void test_tree(void)
{
	result(!strcmp(list("/"), "buildinfo/ cpupool/ params/ "),
	       "the root has three directories");
	result(!strcmp(list("/buildinfo"), "changeset compileinfo/ version/ ") &&
		       !strcmp(list("/buildinfo/version"), "extra major minor "),
	       "each once, with what is in it");
	result(!strcmp(list("/params"), "gnttab_max_frames gnttab_max_maptrack_frames "
					"guest_loglvl loglvl noreboot vcpu_poll_us "),
	       "the options that can be changed");
	result(!strcmp(list("/cpupool"), "0/ 12/ ") && !strcmp(list("/cpupool/12"), "sched-gran "),
	       "and the pools that there are");
	result(get("/cpupool/1") == -ENOENT && get("/cpupool/012") == -ENOENT &&
		       get("/cpupool/x") == -ENOENT && get("/cpupool/") == -ENOENT &&
		       get("/cpupool/0/x") == -ENOENT && get("/cpupool/0/") == -ENOENT &&
		       get("/cpupool/99999999999999999999") == -ENOENT,
	       "no others");
	result(get("/param") == -ENOENT && get("/params/") == -ENOENT &&
		       get("/params/x") == -ENOENT && get("/params/loglvl/x") == -ENOENT &&
		       get("/buildinfo/vers") == -ENOENT,
	       "what is not there is not found");
}

static void test_read(void)
{
	options.xen_version = XEN_ABI_4_20;
	result(is_uint("/buildinfo/version/major", 4) && is_uint("/buildinfo/version/minor", 20) &&
		       is_text("/buildinfo/version/extra", HV_EXTRAVERSION) &&
		       is_text("/cpupool/12/sched-gran", "cpu") && !entry->max_write_len,
	       "numbers and texts are read");
	result(is_text("/params/loglvl", "info") && entry->max_write_len &&
		       is_text("/params/guest_loglvl", "warning") &&
		       is_uint("/params/gnttab_max_frames", 64) && entry->max_write_len == 4 &&
		       is_text("/params/vcpu_poll_us", "auto") && !get("/params/noreboot") &&
		       entry->type == XEN_HYPFS_TYPE_BOOL && entry->content_len == 1 && !content[0],
	       "options too");
	memset(buffer, 0xee, sizeof(buffer));
	result(hypfs(XEN_HYPFS_OP_read, "/params/loglvl", buffer, sizeof(*entry) + 4) == -ENOBUFS &&
		       entry->content_len == 5 && content[0] == (char)0xee,
	       "with too little room only how much it is");
	result(hypfs(XEN_HYPFS_OP_read, "/params/loglvl", buffer, sizeof(*entry) - 1) == -EINVAL &&
		       hypfs(XEN_HYPFS_OP_read, "/params/loglvl", (void *)16, 99) == -EFAULT,
	       "with less, nothing");
}

static void test_write(void)
{
	uint32_t frames = 128, many = 4097;
	uint8_t yes = 1, two = 2;

	result(!put("/params/loglvl", "all", 4) && tunables.loglvl == L_DEBUG &&
		       is_text("/params/loglvl", "all") && log_has("loglvl"),
	       "a written option counts, and the log says so");
	result(!put("/params/vcpu_poll_us", "300", 4) && tunables.vcpu_poll_us == 300 &&
		       is_text("/params/vcpu_poll_us", "300") &&
		       !put("/params/vcpu_poll_us", "auto", 5) &&
		       tunables.vcpu_poll_us == VCPU_POLL_AUTO,
	       "a number, and none again");
	result(!put("/params/gnttab_max_frames", &frames, 4) && tunables.gnttab_max_frames == 128 &&
		       !put("/params/noreboot", &yes, 1) && tunables.noreboot,
	       "numbers and flags are binary");
	log_clear();
	result(put("/params/gnttab_max_frames", &many, 4) == -EINVAL &&
		       put("/params/loglvl", "loud", 5) == -EINVAL &&
		       put("/params/noreboot", &two, 1) == -EINVAL &&
		       tunables.gnttab_max_frames == 128 && tunables.loglvl == L_DEBUG &&
		       tunables.noreboot && log_empty(),
	       "what the command line would not accept changes nothing");
	result(put("/params/loglvl", "none", 4) == -EINVAL &&
		       put("/params/loglvl", "al\0", 4) == -EINVAL &&
		       put("/params/gnttab_max_frames", &frames, 3) == -EDOM &&
		       put("/params/gnttab_max_frames", buffer, 8) == -ENOSPC &&
		       put("/params/loglvl", buffer, 1000) == -ENOSPC &&
		       put("/params/loglvl", "", 0) == -EDOM &&
		       put("/params/loglvl", (void *)16, 4) == -EFAULT,
	       "a text ends where its size does, a number has its size");
	result(put("/buildinfo/changeset", "x", 2) == -EACCES &&
		       put("/params", "x", 2) == -EACCES &&
		       put("/cpupool/0/sched-gran", "core", 5) == -EACCES &&
		       put("/params/xpti", "no", 3) == -ENOENT,
	       "the rest cannot be written");
}

static void test_door(void)
{
	char name[XEN_HYPFS_MAX_PATHLEN + 2];
	gaddr_t to = at(buffer);

	result(do_hypfs_op(XEN_HYPFS_OP_get_version, 0, 0, 0, 0, 0) == 1 &&
		       do_hypfs_op(XEN_HYPFS_OP_get_version, 0, 0, 1, 0, 0) == -EINVAL,
	       "version 1");
	memset(name, '/', sizeof(name));
	name[sizeof(name) - 1] = 0;
	result(do_hypfs_op(XEN_HYPFS_OP_read, at(name), 0, to, 99, 0) == -EINVAL &&
		       do_hypfs_op(XEN_HYPFS_OP_read, at(name), 1025, to, 99, 0) == -EINVAL &&
		       do_hypfs_op(XEN_HYPFS_OP_read, at(name), 1024, to, 99, 0) == -ENOENT &&
		       do_hypfs_op(XEN_HYPFS_OP_read, at("/a"), 2, to, 99, 0) == -EINVAL &&
		       do_hypfs_op(XEN_HYPFS_OP_read, at("/\0a"), 4, to, 99, 0) == -EINVAL &&
		       get("params") == -EINVAL && get("") == -EINVAL,
	       "a path begins with a slash and is as long as it says");
	result(do_hypfs_op(XEN_HYPFS_OP_read, 16, 3, to, 99, 0) == -EFAULT &&
		       do_hypfs_op(3, at("/"), 2, to, 99, 0) == -ENOSYS,
	       "a bad address, another command");
	run_as(1);
	result(get("/") == -EPERM && do_hypfs_op(0, 0, 0, 0, 0, 0) == -EPERM, "a guest may not");
	run_as(0);
}

/* ---- each sub-operation, and what is different after it ---- */

static struct {
	uint32_t cmd;
	const char *path, *value;
	uint64_t size;
} op;

/* The version is an answer, too. */
static long effect_call(uint32_t cmd)
{
	long rc = do_hypfs_op(cmd, at(op.path), op.path ? strlen(op.path) + 1 : 0, at(op.value),
			      op.size, 0);

	if (rc > 0)
		memcpy(effect_buffer, &rc, sizeof(rc));
	return rc;
}

static void prepare_read(void)
{
	op.path = "/params/loglvl";
	op.value = effect_buffer;
	op.size = sizeof(effect_buffer);
}

static void prepare_read_nothing(void)
{
	prepare_read();
	op.path = "/params/nothing";
}

static void prepare_write(void)
{
	tunables.vcpu_poll_us = 1;
	op.path = "/params/vcpu_poll_us";
	op.value = "222";
	op.size = 4;
}

static void prepare_same(void)
{
	prepare_write();
	tunables.vcpu_poll_us = 222;
}

static void prepare_write_info(void)
{
	prepare_write();
	op.path = "/buildinfo/changeset";
}

static void prepare_write_words(void)
{
	prepare_write();
	op.value = "now";
}

static const struct sub_op rows[] = {
	{XEN_HYPFS_OP_get_version, "get_version", NULL, ANSWERS, 0, NULL},
	{XEN_HYPFS_OP_read, "read", prepare_read, ANSWERS, 0, NULL},
	{XEN_HYPFS_OP_read, "read of nothing", prepare_read_nothing, REFUSES, -ENOENT, NULL},
	{XEN_HYPFS_OP_write_contents, "write_contents", prepare_write, CHANGES, 0, NULL},
	{XEN_HYPFS_OP_write_contents, "a second one", prepare_same, IS_SO, 0, "it is that"},
	{XEN_HYPFS_OP_write_contents, "one that says nothing", prepare_write_words, REFUSES,
	 -EINVAL, NULL},
	{XEN_HYPFS_OP_write_contents, "one to what is read only", prepare_write_info, REFUSES,
	 -EACCES, NULL},
};

/* A path must be there for a command to be looked at at all. */
static long any_command(uint32_t cmd)
{
	prepare_read();
	return effect_call(cmd);
}

static void test_effects(void)
{
	const struct region arg = {&op, sizeof(op)};
	const struct region state[] = {{&options, sizeof(options)},
				       {&tunables, sizeof(tunables)},
				       {NULL, 0}};

	effects_run(rows, ARRAY_SIZE(rows), effect_call, arg, state, NULL);
	effects_complete("hypfs_op", rows, ARRAY_SIZE(rows), any_command, arg, 100, UINT32_MAX);
}

int main(void)
{
	world_start();
	test_tree();
	test_read();
	test_write();
	test_door();
	test_effects();
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}

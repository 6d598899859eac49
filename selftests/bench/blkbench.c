// SPDX-License-Identifier: GPL-2.0-only
/*
 * blkbench: a small load for block devices, by Linux's asynchronous input and output.
 *
 *   blkbench --file=PATH --mode=MODE [--bs=4k] [--qd=1] [--seconds=N | --total=SIZE] [--size=SIZE]
 *            [--seed=N] [--row=NAME] [--buffered] [--prefix=NAME.] [--mark=ID]
 *
 * Measuring modes: read, write, randread, randwrite. What is written says where it belongs
 * (common/cell.h).
 * Checking modes:
 *   fill    write every block of the region once, in random order, then half of them again
 *   check   read every block of the region and compare it with what `fill` of the same seed and
 *           bs left there
 *   verify  both
 * A block that is not as it should be is named with its offset, what was expected and what was
 * found; exit 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libaio.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bench.h"
#include "common/cell.h"

#define MAX_DEPTH   256
#define MAX_BLOCK   (16u << 20)
#define ALIGNMENT   4096
#define STALL_LIMIT 30 /* seconds without any completion: the device hangs */
#define SLICES      10 /* parts of a run whose rates give the spread */

static struct {
	const char *path, *mode, *row;
	uint64_t block, total, size, seed;
	unsigned int depth, seconds;
	bool buffered;
} options = {.block = 4096, .depth = 1, .seed = 1};

struct slot {
	struct iocb iocb; /* first: a completion's pointer is the slot's */
	char *buffer;
	uint64_t index; /* which block of the region */
	uint64_t began;
	uint64_t generation;
};

/* Decides what a slot does next and looks at what came back. */
struct pass {
	bool write, timed;
	bool (*next)(struct slot *slot, uint64_t number); /* false: nothing more to do */
	void (*completed)(struct slot *slot);             /* may be NULL */
};

static int fd;
static uint64_t blocks;
static io_context_t context;
static struct slot slots[MAX_DEPTH];
static struct samples latency, slices;
static uint64_t slice_length, slice_began, slice_done, deadline;

/* ---- a random order that visits each block once, without a table ---- */

/*
 * A four-round Feistel network over the next even number of bits; numbers outside the region walk
 * on.
 */
static uint64_t permute(uint64_t number, uint64_t key)
{
	unsigned int half = 1;
	uint64_t mask;

	while (((uint64_t)1 << (2 * half)) < blocks)
		half++;
	mask = ((uint64_t)1 << half) - 1;
	do {
		uint64_t left = number >> half, right = number & mask;

		for (unsigned int round = 0; round < 4; round++) {
			uint64_t old = right;

			right = left ^ (mix(right, key + round) & mask);
			left = old;
		}
		number = left << half | right;
	} while (number >= blocks);
	return number;
}

/* ---- one pass over the device ---- */

static void submit(struct slot *slot, bool write)
{
	struct iocb *iocb = &slot->iocb;
	uint64_t offset = slot->index * options.block;
	int done;

	if (write) {
		struct cell_id id = {options.seed, offset, slot->generation};

		cells_fill(slot->buffer, options.block, &id);
		io_prep_pwrite(iocb, fd, slot->buffer, options.block, offset);
	} else {
		io_prep_pread(iocb, fd, slot->buffer, options.block, offset);
	}
	slot->began = clock_ns();
	do
		done = io_submit(context, 1, &iocb);
	while (done == -EINTR || done == -EAGAIN);
	if (done != 1)
		fail(-done, "%s: submitting %s of %llu bytes at offset %llu", options.path,
		     write ? "a write" : "a read", (unsigned long long)options.block,
		     (unsigned long long)offset);
}

static void completed(const struct pass *pass, const struct io_event *event)
{
	struct slot *slot = (struct slot *)event->obj;
	long result = (long)event->res;
	uint64_t now = clock_ns();

	if (result != (long)options.block)
		fail(result < 0 ? -result : 0, "%s: %s of %llu bytes at offset %llu gave %ld",
		     options.path, pass->write ? "a write" : "a read",
		     (unsigned long long)options.block,
		     (unsigned long long)(slot->index * options.block), result);
	if (pass->timed) {
		samples_add(&latency, (now - slot->began) / 1000.0);
		slice_done++;
		if (now - slice_began >= slice_length) {
			samples_add(&slices, slice_done * 1e9 / (now - slice_began));
			slice_began = now, slice_done = 0;
		}
	}
	if (pass->completed)
		pass->completed(slot);
}

static int wait_events(struct io_event *events, unsigned int busy)
{
	struct timespec limit = {.tv_sec = STALL_LIMIT};
	int n;

	do
		n = io_getevents(context, 1, busy, events, &limit);
	while (n == -EINTR);
	if (n < 0)
		fail(-n, "%s: waiting for completions", options.path);
	if (n == 0)
		fail(0, "%s: none of %u requests completed within %d s: the device hangs",
		     options.path, busy, STALL_LIMIT);
	return n;
}

/* Keep `depth` requests under way until the pass has no more. Returns how many were done. */
static uint64_t run_pass(const struct pass *pass)
{
	struct io_event events[MAX_DEPTH];
	unsigned int busy = 0;
	uint64_t number = 0;

	for (unsigned int i = 0; i < options.depth; i++) {
		if (!pass->next(&slots[i], number))
			break;
		number++, busy++;
		submit(&slots[i], pass->write);
	}
	while (busy) {
		int n = wait_events(events, busy);

		for (int i = 0; i < n; i++) {
			struct slot *slot = (struct slot *)events[i].obj;

			completed(pass, &events[i]);
			if (!pass->next(slot, number)) {
				busy--;
				continue;
			}
			number++;
			submit(slot, pass->write);
		}
	}
	return number;
}

/* ---- measuring ---- */

static bool within_limits(uint64_t number)
{
	if (options.seconds)
		return clock_ns() < deadline;
	return number * options.block < options.total;
}

static bool next_sequential(struct slot *slot, uint64_t number)
{
	slot->index = number % blocks;
	slot->generation = 1;
	return within_limits(number);
}

static bool next_random(struct slot *slot, uint64_t number)
{
	slot->index = mix(options.seed, number) % blocks;
	slot->generation = 1;
	return within_limits(number);
}

static void print_rows(uint64_t done, uint64_t ns)
{
	char name[128], counters[64];
	double rate = done * 1e9 / ns;

	snprintf(name, sizeof(name), "%s.iops", options.row);
	row_print(&(struct row){.name = name,
				.unit = "1/s",
				.higher_is_better = true,
				.rate = rate,
				.samples = &slices,
				.ops = done});
	if (options.block >= 65536) {
		snprintf(name, sizeof(name), "%s.rate", options.row);
		row_print(&(struct row){.name = name,
					.unit = "MB/s",
					.higher_is_better = true,
					.rate = rate * options.block / 1e6,
					.samples = &slices});
	}
	snprintf(name, sizeof(name), "%s.latency", options.row);
	snprintf(counters, sizeof(counters), "\"mean\":%.6g", samples_mean(&latency));
	row_print(&(struct row){
		.name = name, .unit = "us", .samples = &latency, .counters = counters});
}

static void measure(const struct pass *pass)
{
	uint64_t begin, end, done;

	mark_begin();
	begin = slice_began = clock_ns();
	deadline = begin + options.seconds * 1000000000ULL;
	/* Without a time limit the length is not known: a tenth of a second is a slice then. */
	slice_length = options.seconds ? options.seconds * 1000000000ULL / SLICES : 100000000;
	done = run_pass(pass);
	end = clock_ns();
	mark_end();
	print_rows(done, end - begin);
}

/* ---- checking ---- */

/* Every other block, chosen by the seed, was written twice. Known without any stored state. */
static uint64_t last_generation(uint64_t index)
{
	return 1 + (mix(options.seed ^ 0x67656e, index) & 1);
}

static bool next_first(struct slot *slot, uint64_t number)
{
	if (number >= blocks)
		return false;
	slot->index = permute(number, options.seed);
	slot->generation = 1;
	return true;
}

/*
 * Blocks that are written once get their first generation again, so that each number has its block.
 */
static bool next_again(struct slot *slot, uint64_t number)
{
	if (number >= blocks)
		return false;
	slot->index = permute(number, options.seed + 1000);
	slot->generation = last_generation(slot->index);
	return true;
}

static void check_block(struct slot *slot)
{
	struct cell_id id = {options.seed, slot->index * options.block,
			     last_generation(slot->index)};
	char text[256];

	if (cells_check(slot->buffer, options.block, &id, text, sizeof(text)))
		fail(0, "%s: %s", options.path, text);
}

static bool next_check(struct slot *slot, uint64_t number)
{
	if (number >= blocks)
		return false;
	slot->index = permute(number, options.seed + 2000);
	memset(slot->buffer, 0, options.block); /* a read that transfers nothing must not pass */
	return true;
}

static void fill(void)
{
	run_pass(&(struct pass){.write = true, .next = next_first});
	run_pass(&(struct pass){.write = true, .next = next_again});
	if (fsync(fd))
		fail(errno, "%s: fsync", options.path);
}

static void check(void)
{
	uint64_t begin = clock_ns(), done;
	char name[128];

	done = run_pass(&(struct pass){.next = next_check, .completed = check_block});
	snprintf(name, sizeof(name), "%s.verified", options.row);
	row_print(&(struct row){
		.name = name, .unit = "blocks", .higher_is_better = true, .rate = done});
	fprintf(stderr, "blkbench: %s: %llu blocks of %llu bytes are right (%.2f s)\n",
		options.path, (unsigned long long)done, (unsigned long long)options.block,
		(clock_ns() - begin) / 1e9);
}

/* ---- start ---- */

static bool mode_is(const char *name)
{
	return strcmp(options.mode, name) == 0;
}

static bool mode_writes(void)
{
	return mode_is("write") || mode_is("randwrite") || mode_is("fill") || mode_is("verify");
}

static uint64_t file_size(void)
{
	struct stat status;
	uint64_t size;

	if (fstat(fd, &status))
		fail(errno, "%s", options.path);
	if (!S_ISBLK(status.st_mode))
		return status.st_size;
	if (ioctl(fd, BLKGETSIZE64, &size))
		fail(errno, "%s: asking for its size", options.path);
	return size;
}

static void open_file(void)
{
	int flags =
		(mode_writes() ? O_RDWR : O_RDONLY) | O_CLOEXEC | (options.buffered ? 0 : O_DIRECT);
	uint64_t size;

	fd = open(options.path, flags);
	if (fd < 0 && errno == EINVAL && !options.buffered)
		fail(errno, "%s: this file system has no O_DIRECT: give --buffered", options.path);
	if (fd < 0)
		fail(errno, "%s", options.path);
	size = file_size();
	if (options.size == 0)
		options.size = size;
	if (options.size > size)
		fail_usage("--size=%llu is more than %s has (%llu bytes)",
			   (unsigned long long)options.size, options.path,
			   (unsigned long long)size);
	blocks = options.size / options.block;
	if (blocks == 0)
		fail_usage("%s (%llu bytes) holds no block of %llu bytes", options.path,
			   (unsigned long long)options.size, (unsigned long long)options.block);
}

static void set_up(void)
{
	int err = io_setup(options.depth, &context);

	if (err)
		fail(-err, "no asynchronous context for %u requests (fs.aio-max-nr?)",
		     options.depth);
	for (unsigned int i = 0; i < options.depth; i++) {
		if (posix_memalign((void **)&slots[i].buffer, ALIGNMENT, options.block))
			fail(0, "no memory for %u buffers of %llu bytes", options.depth,
			     (unsigned long long)options.block);
		memset(slots[i].buffer, 0, options.block); /* page it in before time is taken */
	}
}

static void default_row(void)
{
	static char name[96];

	if (options.block % 1048576 == 0)
		snprintf(name, sizeof(name), "blk.%s.%llum.qd%u", options.mode,
			 (unsigned long long)options.block >> 20, options.depth);
	else if (options.block % 1024 == 0)
		snprintf(name, sizeof(name), "blk.%s.%lluk.qd%u", options.mode,
			 (unsigned long long)options.block >> 10, options.depth);
	else
		snprintf(name, sizeof(name), "blk.%s.%llu.qd%u", options.mode,
			 (unsigned long long)options.block, options.depth);
	options.row = name;
}

static void parse_one(const char *argument)
{
	const char *value;

	if (bench_option(argument))
		return;
	if ((value = option_value(argument, "file")))
		options.path = value;
	else if ((value = option_value(argument, "mode")))
		options.mode = value;
	else if ((value = option_value(argument, "row")))
		options.row = value;
	else if ((value = option_value(argument, "bs")))
		options.block = option_number(value, "bs", CELL_SIZE, MAX_BLOCK);
	else if ((value = option_value(argument, "qd")))
		options.depth = option_number(value, "qd", 1, MAX_DEPTH);
	else if ((value = option_value(argument, "seconds")))
		options.seconds = option_number(value, "seconds", 1, 3600);
	else if ((value = option_value(argument, "total")))
		options.total = option_number(value, "total", 1, UINT64_MAX / 2);
	else if ((value = option_value(argument, "size")))
		options.size = option_number(value, "size", 1, UINT64_MAX / 2);
	else if ((value = option_value(argument, "seed")))
		options.seed = option_number(value, "seed", 0, UINT64_MAX);
	else if (strcmp(argument, "--buffered") == 0)
		options.buffered = true;
	else
		fail_usage("'%s' is not understood; options: --file= --mode= --bs= --qd= "
			   "--seconds= --total= "
			   "--size= --seed= --row= --buffered --prefix= --mark=",
			   argument);
}

static void run_mode(void)
{
	bool random = strncmp(options.mode, "rand", 4) == 0;

	if (mode_is("fill") || mode_is("verify"))
		fill();
	if (mode_is("check") || mode_is("verify"))
		check();
	if (mode_is("read") || mode_is("randread") || mode_is("write") || mode_is("randwrite"))
		measure(&(struct pass){.write = mode_writes(),
				       .timed = true,
				       .next = random ? next_random : next_sequential});
}

int main(int argc, char **argv)
{
	static const char modes[] = " read write randread randwrite fill check verify ";
	char word[32];

	bench_start("blkbench");
	for (int i = 1; i < argc; i++)
		parse_one(argv[i]);
	if (!options.path || !options.mode)
		fail_usage("--file=PATH and --mode=MODE are needed (modes:%s)", modes);
	snprintf(word, sizeof(word), " %s ", options.mode);
	if (!strstr(modes, word))
		fail_usage("--mode=%s is none of:%s", options.mode, modes);
	if (options.block % CELL_SIZE)
		fail_usage("--bs=%llu is not a multiple of %d", (unsigned long long)options.block,
			   CELL_SIZE);
	if (!options.seconds && !options.total)
		options.seconds = 3;
	if (!options.row)
		default_row();
	open_file();
	set_up();
	run_mode();
	io_destroy(context);
	return 0;
}

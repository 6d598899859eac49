/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: the parser finds the newest update for this CPU in a blob of microcode, and refuses a blob
 * with false lengths or checksums.
 */
/* sources: hypervisor/boot/ucode_parse.c hypervisor/lib/string.c */
#include <hv/boot/ucode_parse.h>
#include <hv/lib/lib.h>

#include "log_capture.h"

static uint8_t *blob;
static size_t length;

static const struct ucode_cpu skylake = {
	.signature = 0x50654, .platform = 0x80, .revision = 0x2000010};
static const struct ucode_cpu rome = {.amd = true, .signature = 0x830f10, .revision = 0x8301038};

static void put32(uint32_t v)
{
	memcpy(blob + length, &v, 4);
	length += 4;
}

static void set32(size_t at, uint32_t v)
{
	memcpy(blob + at, &v, 4);
}

static uint32_t sum(size_t from, size_t size)
{
	uint32_t s = 0, v;

	for (size_t i = 0; i < size; i += 4) {
		memcpy(&v, blob + from + i, 4);
		s += v;
	}
	return s;
}

/* The blob is a block of its own size when it is read, so that a byte too far is seen. */
static bool find(const struct ucode_cpu *cpu, struct ucode_update *u)
{
	uint8_t *exact = malloc(length ? length : 1);
	bool found;

	memcpy(exact, blob, length);
	log_clear();
	found = ucode_find(cpu, exact, length, u);
	if (found) {
		found = u->data >= exact && u->data + u->size <= exact + length;
		u->data = blob + (u->data - exact);
	}
	free(exact);
	return found;
}

/* An Intel update; extra: a table with this further signature. */
static size_t intel(uint32_t revision, uint32_t signature, uint32_t platforms, uint32_t data,
		    uint32_t extra)
{
	size_t at = length, table, total = 48 + data + (extra ? 32 : 0);

	put32(1), put32(revision), put32(0x01022023), put32(signature), put32(0), put32(1),
		put32(platforms), put32(data), put32((uint32_t)total);
	put32(0), put32(0), put32(0);
	for (uint32_t i = 0; i < data; i += 4)
		put32(revision ^ i);
	set32(at + 16, 0 - sum(at, 48 + data));
	if (extra) {
		table = length;
		put32(1), put32(0), put32(0), put32(0), put32(0), put32(extra), put32(0xff),
			put32(0);
		set32(table + 4, 0 - sum(table, 32));
	}
	return at;
}

static void test_intel(void)
{
	struct ucode_update u = {0};
	size_t at;

	length = 0;
	result(!find(&skylake, &u) && log_empty(), "Intel: nothing in nothing");
	intel(0x2000030, 0x50654, 0x97, 1024, 0);
	at = intel(0x2000060, 0x50654, 0xb7, 2048, 0);
	intel(0x2000050, 0x50654, 0xb7, 1024, 0);
	intel(0x5000000, 0x50657, 0xbf, 1024, 0);
	result(find(&skylake, &u) && u.revision == 0x2000060 && u.data == blob + at + 48 &&
		       u.size == 2048 && log_empty(),
	       "the newest of several for this CPU, and no other CPU's");
	result(!find(&(struct ucode_cpu){.signature = 0x50654,
					 .platform = 0x80,
					 .revision = 0x2000060},
		     &u),
	       "not what it runs already");
	result(find(&(struct ucode_cpu){.signature = 0x50654, .platform = 0x20, .revision = 1},
		    &u) &&
		       u.revision == 0x2000060 &&
		       !find(&(struct ucode_cpu){.signature = 0x50654,
						 .platform = 0x08,
						 .revision = 1},
			     &u),
	       "only for its platform");
	length = 0;
	intel(0x30, 0x306c3, 0x32, 512, 0x50654);
	result(find(&(struct ucode_cpu){.signature = 0x50654, .platform = 1, .revision = 1}, &u) &&
		       u.revision == 0x30,
	       "a further signature behind the data");
	set32(length - 8, 0xfe);
	result(!find(&(struct ucode_cpu){.signature = 0x50654, .platform = 2, .revision = 1}, &u),
	       "whose own checksum must be right");
	length = 0;
	intel(0x30, 0x306c3, 0x32, 2000, 0);
	set32(28, 0), set32(32, 0), set32(16, 0), set32(16, 0 - sum(0, 2048));
	result(find(&(struct ucode_cpu){.signature = 0x306c3, .platform = 2, .revision = 1}, &u) &&
		       u.size == 2000,
	       "sizes of 0 mean 2000 bytes of data");
}

static void test_intel_lies(void)
{
	struct ucode_update u = {0};
	bool good = true;
	size_t second;

	length = 0;
	intel(0x2000060, 0x50654, 0xb7, 1024, 0);
	second = intel(0x2000070, 0x50654, 0xb7, 1024, 0);
	blob[second + 500] ^= 1;
	result(find(&skylake, &u) && u.revision == 0x2000060 && log_has("damaged"),
	       "a wrong checksum ends the search with what was found before");
	blob[second + 500] ^= 1;
	length -= 4;
	result(find(&skylake, &u) && u.revision == 0x2000060 && log_has("damaged"),
	       "so does the end of the blob within an update");
	for (unsigned int i = 0; i < 8; i++) {
		static const uint32_t bad[8][2] = {{28, 0xfffffffc}, {28, 3},  {28, 1028}, {32, 0},
						   {32, 0xfffffffc}, {32, 47}, {32, 1074}, {0, 2}};

		length = 0;
		intel(0x2000060, 0x50654, 0xb7, 1024, 0);
		set32(bad[i][0], bad[i][1]);
		set32(16, 0), set32(16, 0 - sum(0, 48 + 1024));
		good &= !find(&skylake, &u) && log_has("damaged");
	}
	result(good, "sizes and versions that cannot be are damage");
	length = 0;
	intel(0x30, 0x306c3, 0x32, 512, 0x50654);
	set32(48 + 512, 0x20000000);
	set32(48 + 512 + 4, 0), set32(48 + 512 + 4, 0 - sum(48 + 512, 32));
	result(!find(&(struct ucode_cpu){.signature = 0x50654, .platform = 1, .revision = 1}, &u),
	       "a table that is larger than the update is none");
}

static size_t amd_patch(uint32_t revision, uint16_t id, uint32_t size)
{
	size_t at = length + 8;

	put32(1), put32(size), put32(0x20230101), put32(revision);
	memset(blob + length, 0, size - 8);
	memcpy(blob + at + 24, &id, 2);
	length += size - 8;
	return at;
}

static void amd_container(uint32_t signature, uint16_t id)
{
	put32(0x00414d44), put32(0), put32(32);
	put32(signature), put32(0), put32(0), put32(id);
	put32(0), put32(0), put32(0), put32(0);
}

static void test_amd(void)
{
	struct ucode_update u = {0};
	size_t at;

	length = 0;
	amd_container(0x800f12, 0x8012);
	amd_patch(0x9999999, 0x8310, 3200);
	amd_container(0x830f10, 0x8310);
	amd_patch(0x8301055, 0x8310, 3200);
	at = amd_patch(0x830107b, 0x8310, 3200);
	amd_patch(0x9000000, 0x8312, 3200);
	amd_patch(0x8301060, 0x8310, 3200);
	result(find(&rome, &u) && u.revision == 0x830107b && u.data == blob + at &&
		       u.size == 3200 && log_empty(),
	       "AMD: the newest patch of the container that knows this CPU");
	result(!find(&(struct ucode_cpu){.amd = true, .signature = 0x830f10, .revision = 0x830107b},
		     &u) &&
		       !find(&(struct ucode_cpu){.amd = true, .signature = 0xa00f11}, &u),
	       "not what it runs, and nothing for a CPU that no table has");
	length -= 1;
	result(find(&rome, &u) && u.revision == 0x830107b && log_has("cut off"),
	       "a patch that is cut off ends the search");
	length = 0;
	amd_container(0x830f10, 0x8310);
	amd_patch(0x830107b, 0x8310, 3200);
	set32(4 + 8 + 32 + 4, 63);
	result(!find(&rome, &u) && log_has("cut off"), "a patch is at least a header");
	set32(8, 0xffffffff);
	result(!find(&rome, &u) && log_has("damaged"), "a table beyond the blob");
	set32(8, 32), set32(4, 1);
	result(!find(&rome, &u) && log_has("damaged"), "a container without a table");
	result(!find(&skylake, &u), "Intel's parser does not take it");
}

static void cpio(const char *name, const void *data, size_t size)
{
	length += (size_t)sprintf((char *)blob + length,
				  "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1,
				  0x81a4, 0, 0, 1, 0, size, 0, 0, 0, 0, strlen(name) + 1, 0);
	memcpy(blob + length, name, strlen(name) + 1);
	length += strlen(name) + 1;
	while (length % 4)
		blob[length++] = 0;
	memcpy(blob + length, data, size);
	length += size;
	while (length % 4)
		blob[length++] = 0;
}

#define INTEL_FILE "kernel/x86/microcode/GenuineIntel.bin"

static const void *look(const char *name, size_t *size)
{
	uint8_t *exact = malloc(length ? length : 1);
	const uint8_t *p;

	memcpy(exact, blob, length);
	p = ucode_cpio_file(exact, length, name, size);
	if (p && (p < exact || p + *size > exact + length))
		abort();
	p = p ? blob + (p - exact) : NULL;
	free(exact);
	return p;
}

static void test_cpio(void)
{
	size_t size = 0, whole;
	bool good = true;

	length = 0;
	cpio("kernel", "", 0);
	cpio("kernel/x86/microcode/AuthenticAMD.bin", "amd", 3);
	cpio(INTEL_FILE, "intel", 5);
	cpio("TRAILER!!!", "", 0);
	result(look(INTEL_FILE, &size) && size == 5 &&
		       memcmp(look(INTEL_FILE, &size), "intel", 5) == 0 &&
		       look("kernel/x86/microcode/AuthenticAMD.bin", &size) && size == 3,
	       "cpio: a file by its name");
	result(!look("kernel/x86", &size) && !look("kernel/x86/microcode/GenuineIntel", &size),
	       "not by a part of it");
	whole = length;
	for (length = 0; length < whole - 124; length++)
		look(INTEL_FILE, &size);
	length = 280;
	good &= !look(INTEL_FILE, &size);
	length = whole;
	memcpy(blob + 54, "ffffffff", 8);
	good &= !look(INTEL_FILE, &size);
	memcpy(blob + 54, "00000000", 8), memcpy(blob + 94, "ffffffff", 8);
	good &= !look(INTEL_FILE, &size);
	memcpy(blob + 94, "0000000g", 8);
	good &= !look(INTEL_FILE, &size);
	result(good, "an archive that ends early, or whose numbers are none, has no files");
}

int main(void)
{
	blob = calloc(1, 1 << 16);
	printf("1..21\n");
	test_intel();
	test_intel_lies();
	test_amd();
	test_cpio();
	free(blob);
	return tap_failures != 0;
}

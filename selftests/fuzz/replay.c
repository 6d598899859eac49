/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A main() for the fuzzers without libFuzzer: runs each file, then the same number of mutated
 * copies of it. The mutations depend on the file's number only, so every run is the same.
 *
 *	replay_NAME ROUNDS FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_INPUT (1 << 20)

static uint8_t seed[MAX_INPUT];
static uint64_t state;

static uint32_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* An exact heap copy, so that the sanitizer sees the first byte beyond. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

/* One to eight changes: a bit, a byte, an extreme number, a piece copied, the end cut off. */
static size_t change(uint8_t *data, size_t size)
{
	static const uint32_t extremes[] = {0,      1,      0x7f,       0x80,       0xff,
					    0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};

	for (uint32_t n = 1 + next_random() % 8; n && size; n--) {
		size_t at = next_random() % size, width = (size_t)1 << next_random() % 3;
		uint32_t v;

		switch (next_random() % 6) {
		case 0: data[at] ^= (uint8_t)(1u << next_random() % 8); break;
		case 1: data[at] = (uint8_t)next_random(); break;
		case 2:
		case 3:
			v = extremes[next_random() % 10];
			memcpy(data + at, &v, width < size - at ? width : size - at);
			break;
		case 4: memmove(data + at, data + next_random() % (at + 1), (size - at) / 4); break;
		default: size -= next_random() % 8 ? 0 : next_random() % size; break;
		}
	}
	return size;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
	static uint8_t changed[MAX_INPUT];

	for (int i = 2; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t size;

		if (!f) {
			perror(argv[i]);
			return 1;
		}
		size = fread(seed, 1, sizeof(seed), f);
		fclose(f);
		run(seed, size);
		state = 0x9e3779b97f4a7c15u * (uint64_t)i;
		for (unsigned long r = 0; r < rounds; r++) {
			memcpy(changed, seed, size);
			run(changed, change(changed, size));
		}
	}
	printf("%d files, %lu changes of each\n", argc - 2, rounds);
	return argc < 3;
}

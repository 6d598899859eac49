/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: a backend takes a frontend's queue-line if it is exactly what ABI.md 18.1 and 18.4 say,
 * and refuses it when anything is missing, too much, out of its limits or written in another way;
 * and what a frontend writes for the most queues, rings and pools is within a node of xenstore.
 */
/* sources: common/number_line.c backends/blkback/layout_line.c backends/netback/queue_line.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../backends/blkback/layout.h"
#include "../../backends/netback/queue_line.h"
#include "../../common/number_line.h"

#define NODE_BYTES 2048 /* xenstored's default quota of one node */

static const struct blk_layout_limits usual = {.queues = 4, .order = 4, .pool_pages = 4096};
static struct blk_layout layout;
static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

/* A parser never reads behind the text: it is in memory of exactly its size. */
static bool parse(const char *line, const struct blk_layout_limits *limits)
{
	char *copy = strdup(line);
	bool good;

	memset(&layout, 0xa5, sizeof(layout));
	good = blk_layout_parse(&layout, copy, limits);
	free(copy);
	return good;
}

static bool taken(const char *line)
{
	return parse(line, &usual);
}

static bool net_taken(const char *line, uint32_t nr)
{
	struct vif_queue_keys *queue = calloc(nr, sizeof(*queue));
	char *copy = strdup(line);
	bool good = vif_parse_line(queue, nr, copy);

	free(copy);
	free(queue);
	return good;
}

static void test_numbers(void)
{
	static const uint32_t some[] = {0, 7, 10, 4294967295u, 1};
	struct number_reader reader;
	struct number_line line;
	char text[24];
	uint32_t n;
	bool good = true;

	number_line_begin(&line, text, sizeof(text));
	good &= !*text;
	for (unsigned int i = 0; i < 5; i++)
		number_line_add(&line, some[i]);
	result(good && !line.full && !strcmp(text, "0 7 10 4294967295 1"), "numbers make a line");
	number_reader_begin(&reader, text);
	for (unsigned int i = 0; i < 5; i++)
		good &= number_reader_next(&reader, 0, 4294967295u, &n) && n == some[i] &&
			number_reader_done(&reader) == (i == 4);
	result(good && !number_reader_next(&reader, 0, 9, &n), "and are read again, and no more");
	number_line_begin(&line, text, 6);
	number_line_add(&line, 12);
	number_line_add(&line, 34);
	good = !line.full && !strcmp(text, "12 34");
	number_line_begin(&line, text, 5);
	number_line_add(&line, 12);
	number_line_add(&line, 34);
	number_line_add(&line, 5);
	result(good && line.full, "a line that is too long says so, also when less would fit");
}

static void test_block(void)
{
	const struct blk_layout_limits few = {.queues = 1, .order = 1, .pool_pages = 1};
	bool good = taken("1 0 1 9 100 200");

	good &= layout.line && layout.nr_queues == 1 && layout.ring_pages == 1 &&
		layout.queue[0].port == 9 && layout.queue[0].ring_refs[0] == 100 &&
		layout.queue[0].pool_pages == 1 && layout.queue[0].resizes &&
		layout.queue[0].pool_dir[0] == 200;
	result(good, "one queue");
	good = taken("2 1 1025 5 10 11 12 13 6 20 21 22 23");
	good &= layout.nr_queues == 2 && layout.ring_pages == 2 && layout.queue[0].port == 5 &&
		layout.queue[0].ring_refs[1] == 11 && layout.queue[0].pool_dir[0] == 12 &&
		layout.queue[0].pool_dir[1] == 13 && layout.queue[1].port == 6 &&
		layout.queue[1].ring_refs[0] == 20 && layout.queue[1].pool_dir[1] == 23 &&
		layout.queue[1].pool_pages == 1025;
	result(good, "two queues, two pages of ring and of directory");
	result(!taken("0 0 1 9 100 200") && !taken("5 0 1 9 100 200") &&
		       !taken("4294967297 0 1 9 100 200") && taken("2 0 1 1 2 3 4 5 6") &&
		       !parse("2 0 1 1 2 3 4 5 6", &few),
	       "no queue is refused, and more than were offered");
	result(!taken("1 5 1 9 100 200") && !taken("1 32 1 9 100 200") &&
		       taken("1 2 1 9 1 2 3 4 5") && !parse("1 2 1 9 1 2 3 4 5", &few),
	       "so are larger rings than were offered");
	result(!taken("1 0 0 9 100") && !taken("1 0 4097 9 1 1 2 3 4 5"),
	       "so are no pool, and a larger one");
	result(!taken("1 0 1 0 100 200") && !taken("1 0 1 131072 100 200") &&
		       taken("1 0 1 131071 100 200"),
	       "so is a port that there is not");
	result(!taken("1 0 1 9 0 200") && !taken("1 0 1 9 100 0") &&
		       !taken("1 0 1 9 4294967296 200") && taken("1 0 1 9 4294967295 200"),
	       "so is a reference that is none");
}

/* Each beginning of a good line, and each good line with something behind it. */
static void test_length(void)
{
	const char *line = "2 1 1 5 10 11 12 6 20 21 22";
	char text[64];
	bool good = taken(line);

	/* "... 21 2" is a line as well: its last number is shorter. */
	for (size_t i = 0; i + 1 < strlen(line); i++) {
		memcpy(text, line, i);
		text[i] = '\0';
		good &= !taken(text);
	}
	result(good, "a line that ends too soon is refused, wherever it does");
	for (unsigned int c = 1; c < 256; c++) {
		sprintf(text, "%s%c", line, c);
		good &= taken(text) == (c >= '0' && c <= '9');
		sprintf(text, "%c%s", c, line);
		good &= !taken(text);
	}
	result(good && !taken("2 1 1 5 10 11 12 6 20 21 22 1"),
	       "so is one with anything behind it");
}

static void test_form(void)
{
	result(!taken("") && !taken(" ") && !taken("nonsense") && !taken("-1 0 1 9 100 200") &&
		       !taken("+1 0 1 9 100 200") && !taken("1 0 1 9 100 -200"),
	       "what is no number is refused");
	result(!taken("01 0 1 9 100 200") && !taken("1 00 1 9 100 200") &&
		       !taken("1 0 1 9 100 0200") && !taken("0x1 0 1 9 100 200"),
	       "so are leading zeroes, and other bases");
	result(!taken("1  0 1 9 100 200") && !taken("1\t0 1 9 100 200") &&
		       !taken("1,0,1,9,100,200") && !taken("1 0 1 9 100 200\n"),
	       "so is anything but one blank between two numbers");
	result(!taken("1 0 1 9 100 18446744073709551816") && !taken("1 0 1 9 100 00000000200"),
	       "so are numbers that would wrap");
}

static void test_net(void)
{
	struct vif_queue_keys queue[2];

	result(vif_parse_line(queue, 2, "1 2 3 4 5 6 7 7") && queue[0].tx_ref == 1 &&
		       queue[0].rx_ref == 2 && queue[0].tx_port == 3 && queue[0].rx_port == 4 &&
		       queue[1].rx_ref == 6 && queue[1].tx_port == 7 && queue[1].rx_port == 7,
	       "a vif's queues: two rings and two ports each");
	result(!net_taken("1 2 3 4", 2) && !net_taken("1 2 3 4 5 6 7 7", 1) &&
		       !net_taken("1 2 3", 1) && !net_taken("1 2 3 4 ", 1) && !net_taken("", 1),
	       "as many as the frontend says, neither fewer nor more");
	result(!net_taken("0 2 3 4", 1) && !net_taken("1 0 3 4", 1) && !net_taken("1 2 0 4", 1) &&
		       !net_taken("1 2 3 131072", 1) && !net_taken("1 2 131072 3", 1),
	       "no reference and no port beyond its range");
}

/* As a frontend writes it with default limits: references below 32768, ports below 16384. */
static void test_size(void)
{
	const struct blk_layout_limits most = {BLKBACK_MAX_QUEUES, BLKBACK_MAX_RING_ORDER,
					       BLKBACK_MAX_POOL_PAGES};
	char text[NODE_BYTES - 64];
	struct number_line line;

	number_line_begin(&line, text, sizeof(text));
	number_line_add(&line, BLKBACK_MAX_QUEUES);
	number_line_add(&line, BLKBACK_MAX_RING_ORDER);
	number_line_add(&line, 128);
	for (unsigned int i = 0; i < BLKBACK_MAX_QUEUES; i++) {
		number_line_add(&line, 16383);
		for (unsigned int j = 0; j < 17; j++)
			number_line_add(&line, 32767);
	}
	result(!line.full && parse(text, &most), "sixteen queues of a disk are within one node");
}

int main(void)
{
	printf("1..20\n");
	test_numbers();
	test_block();
	test_length();
	test_form();
	test_net();
	test_size();
	return failures ? 1 : 0;
}

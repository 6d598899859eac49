/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of sub-operations: what each is asked for, and what must be different afterwards. The
 * claim of each row: a call that says "done" did something or answered something, and one that
 * refuses changed nothing. A test includes it once, behind its world, and defines REGIONS.
 */
#ifndef EFFECTS_H
#define EFFECTS_H

enum effect {
	CHANGES,	/* 0 or more, and the state is another */
	ANSWERS,	/* 0 or more, and the argument or a buffer of the caller's is another */
	IS_SO,		/* 0: what is asked for is so already, or needs nothing; why says so */
	REFUSES,	/* rc, and nothing is different */
};

struct sub_op {
	uint32_t cmd;
	const char *what;
	void (*prepare)(void);	/* fills in the argument, which is all zero */
	enum effect effect;
	long rc;		/* of one that refuses */
	const char *why;
};

/* What a call may change: a list of {address, size} that ends with {NULL, 0}. */
struct region {
	void *at;
	size_t size;
};

static char effect_buffer[8192];	/* of the caller's, for answers */

/* A sum over the bytes of all regions. */
static uint64_t effect_sum(const struct region *r)
{
	uint64_t sum = 14695981039346656037u;

	for (; r->at; r++)
		for (size_t i = 0; i < r->size; i++)
			sum = (sum ^ ((const uint8_t *)r->at)[i]) * 1099511628211u;
	return sum;
}

/*
 * Do each row by call(cmd), which leaves the argument in arg. state: what is the hypervisor's.
 * observe(), if any, updates what stands there for state that only functions tell.
 */
static void effects_run(const struct sub_op *rows, unsigned int n, long (*call)(uint32_t cmd),
			struct region arg, const struct region *state, void (*observe)(void))
{
	struct region answer[] = {arg, {effect_buffer, sizeof(effect_buffer)}, {NULL, 0}};

	for (unsigned int i = 0; i < n; i++) {
		const struct sub_op *row = &rows[i];
		uint64_t state_before, answer_before;
		bool changed, answered, good;
		char claim[200];
		long rc;

		memset(arg.at, 0, arg.size);
		memset(effect_buffer, 0xee, sizeof(effect_buffer));
		if (row->prepare)
			row->prepare();
		(void)call(UINT32_MAX);	/* what call() itself fills in */
		if (observe)
			observe();
		state_before = effect_sum(state);
		((uint32_t *)arg.at)[0] = row->cmd;
		answer_before = effect_sum(answer);
		rc = call(row->cmd);
		answered = effect_sum(answer) != answer_before;
		if (observe)
			observe();
		changed = effect_sum(state) != state_before;
		good = row->effect == CHANGES	? rc >= 0 && changed
		       : row->effect == ANSWERS ? rc >= 0 && answered && !changed
		       : row->effect == IS_SO	? !rc && !changed && row->why
						: rc == row->rc && rc < 0 && !changed && !answered;
		snprintf(claim, sizeof(claim), "%s %s%s%s", row->what,
			 row->effect == CHANGES	  ? "changes something"
			 : row->effect == ANSWERS ? "answers, and changes nothing"
			 : row->effect == IS_SO	  ? "has nothing to do: "
						  : "is refused, and changes nothing",
			 row->effect == IS_SO && row->why ? row->why : "",
			 good ? "" : changed ? " (it did)" : " (it did not)");
		result(good, claim);
	}
}

/* Every command below `end` that has no row, and is not elsewhere, is not implemented. */
static void effects_complete(const char *what, const struct sub_op *rows, unsigned int n,
			     long (*call)(uint32_t cmd), struct region arg, uint32_t end,
			     uint32_t elsewhere)
{
	char claim[100];
	bool good = true;

	for (uint32_t cmd = 0; cmd < end; cmd++) {
		bool there = cmd == elsewhere;

		for (unsigned int i = 0; i < n; i++)
			there |= rows[i].cmd == cmd;
		memset(arg.at, 0, arg.size);
		if (!there && call(cmd) != -ENOSYS) {
			printf("# %s %u has no row\n", what, cmd);
			good = false;
		}
	}
	snprintf(claim, sizeof(claim), "every %s that is there is in the table", what);
	result(good, claim);
}

#endif

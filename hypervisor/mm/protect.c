/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of memory protection, checked on the page tables as they are:
 *
 * P1. Nothing is writable and executable.
 * P2. Only the image's text is executable, at its own address.
 * P3. Nothing writable leads to the image's text or constants, by whatever address.
 * P4. Only the M2P is open to ring 3.
 *
 * Locking: none; see hv/mm/protect.h.
 */
#include <hv/mm/protect.h>
#include <hv/atomic.h>
#include <hv/console/printk.h>
#include <hv/layout.h>
#include <hv/mm/directmap.h>
#include <hv/mm/pte_rules.h>
#include <x86/protection.h>

#define NAMED_MAX 4 /* of each kind */

struct walk {
	const struct protect_image *image;
	struct protect_result *result;
};

struct visit {
	protect_visitor *fn;
	void *arg;
};

static const char *const texts[PROTECT_RULES] = {
	[PROTECT_WX] = "writable and executable",
	[PROTECT_EXEC] = "executable, not the image's text",
	[PROTECT_ALIAS] = "a writable way to the image's text or constants",
	[PROTECT_USER] = "open to ring 3",
};

static void broken(struct walk *w, enum protect_rule rule, uint64_t va, uint64_t size, pte_t e)
{
	if (w->result->broken[rule]++ < NAMED_MAX)
		log_warn("protection: %s: %016lx, %lu KiB, leads to %lx\n", texts[rule],
			 (unsigned long)va, (unsigned long)(size >> 10),
			 (unsigned long)(e & PTE_ADDR & ~(size - 1)));
}

static void check_leaf(void *arg, uint64_t va, uint64_t size, pte_t e, uint64_t flags)
{
	struct walk *w = arg;
	const struct protect_image *i = w->image;
	maddr_t ma = e & PTE_ADDR & ~(size - 1);
	bool is_text = va >= i->virt && va + size <= i->virt + i->text_size &&
		       ma == i->maddr + (va - i->virt);
	bool in_const = ma < i->maddr + i->text_size + i->const_size && ma + size > i->maddr;

	w->result->entries++;
	if (!(flags & PTE_NX) && (flags & PTE_RW))
		broken(w, PROTECT_WX, va, size, e);
	else if (!(flags & PTE_NX) && !is_text)
		broken(w, PROTECT_EXEC, va, size, e);
	if ((flags & PTE_NX) && (flags & PTE_RW) && in_const)
		broken(w, PROTECT_ALIAS, va, size, e);
	if ((flags & PTE_US) && !(va >= M2P_VIRT && va + size <= M2P_VIRT_END && !(flags & PTE_RW)))
		broken(w, PROTECT_USER, va, size, e);
}

static void visit_table(const struct visit *v, const pte_t *table, unsigned int level,
			uint64_t base, uint64_t above, unsigned int first, unsigned int last)
{
	unsigned int i, shift = 12 + 9 * (level - 1);

	for (i = first; i <= last; i++) {
		pte_t e = atomic_load(&table[i]);
		uint64_t va = base + ((uint64_t)i << shift);
		uint64_t flags = (above & e & (PTE_RW | PTE_US)) | ((above | e) & PTE_NX);

		if (!(e & PTE_P))
			continue;
		if (level == 4 && i >= PTES_PER_TABLE / 2)
			va |= ~UINT64_C(0) << 48;
		if (level == 1 || (level < 4 && (e & PTE_PSE)))
			v->fn(v->arg, va, UINT64_C(1) << shift, e, flags);
		else
			visit_table(v, maddr_to_virt(e & PTE_ADDR), level - 1, va, flags, 0,
				    PTES_PER_TABLE - 1);
	}
}

void protect_visit(const pte_t *l4, unsigned int first, unsigned int last, protect_visitor *fn,
		   void *arg)
{
	struct visit v = {fn, arg};

	visit_table(&v, l4, 4, 0, PTE_RW | PTE_US, first, last);
}

void protect_walk(const pte_t *l4, const struct protect_image *image, struct protect_result *result)
{
	struct walk w = {image, result};

	*result = (struct protect_result){0};
	protect_visit(l4, 0, PTES_PER_TABLE - 1, check_leaf, &w);
}

bool protect_is_mapped(const pte_t *l4, uint64_t va)
{
	const pte_t *table = l4;
	unsigned int level;

	for (level = 4;; level--) {
		pte_t e = atomic_load(&table[va >> (12 + 9 * (level - 1)) & 511]);

		if (!(e & PTE_P))
			return false;
		if (level == 1 || (level < 4 && (e & PTE_PSE)))
			return true;
		table = maddr_to_virt(e & PTE_ADDR);
	}
}

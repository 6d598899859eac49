/* SPDX-License-Identifier: GPL-2.0-only */
/* The legacy kernel: what its files share. README.md of selftests/guest describes it. */
#ifndef LEGACY_H
#define LEGACY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/xen.h>

#include "../mem.h"

#define PAGE_SIZE 4096UL

/* --- head.S --- */
long hypercall(unsigned int nr, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);
#define HC1(nr, a)	 hypercall(__HYPERVISOR_##nr, (uint64_t)(a), 0, 0, 0, 0)
#define HC2(nr, a, b)	 hypercall(__HYPERVISOR_##nr, (uint64_t)(a), (uint64_t)(b), 0, 0, 0)
#define HC3(nr, a, b, c) \
	hypercall(__HYPERVISOR_##nr, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), 0, 0)

/* --- main.c --- */
extern struct start_info *start_info;
extern struct shared_info *const shared_info;
extern bool is_dom0;

size_t length(const char *s);
/* Zeroed, never given back; the kernel ends when there is none. */
void *page_new(void);
/* Frame of a mapped page, and the page of one of our frames. */
uint64_t mfn_of(const void *va);
void *page_of(uint64_t mfn);
void claim(const char *text, bool holds);
/* "# what: text", the text up to a control character, at most `size` bytes. */
void note(const char *what, const char *text, size_t size);
void kernel_end(void) __attribute__((noreturn));

/* --- console.c --- */
void console_init(void);
void console_write(const char *text, size_t n);
void console_drain(void);
void say(const char *text);
void say_number(uint64_t n);

/* --- event.c --- */
void events_init(void);
extern volatile uint32_t event_count[4096];
uint64_t now_ns(void);
/* Sleep until an event comes, 20 ms at most. */
void doze(void);
/* Ask again after each event until done(arg); false after so many seconds. */
bool wait_for(bool (*done)(void *), void *arg, unsigned int seconds);
uint32_t port_for_dom0(void);
void notify(uint32_t port);

/* --- grant.c --- */
void grants_init(void);
/* Domain-0 may use the page. */
uint32_t grant_page_of(const void *page, bool readonly);

/* --- store.c --- */
void store_init(void);
/* The value of a path, in a buffer of the caller's, NUL at its end; false: no such node. */
bool store_read(const char *path, char *value, size_t size);
bool store_write(const char *path, const char *value);
/* dir/key */
bool store_get(const char *dir, const char *key, char *value, size_t size);
bool store_put(const char *dir, const char *key, const char *value);
bool store_put_number(const char *dir, const char *key, uint64_t n);
uint64_t store_number(const char *dir, const char *key);
/* Wait until the backend that dir/backend names is in this state. */
bool backend_reaches(const char *dir, uint64_t state);

/* --- vbd.c, vif.c --- */
void vbd_run(void);
void vif_run(void);

#endif

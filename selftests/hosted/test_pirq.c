/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical interrupts. Claims: a line belongs to one domain; a level-triggered line is masked from
 * its interrupt until the guest's EOI; a message is programmed with the vector that leads back to
 * its irq; no binding survives its domain.
 */
/* sources: hypervisor/irq/irq.c hypervisor/irq/pirq.c hypervisor/irq/vector.c */
/* sources: hypervisor/irq/msi.c hypervisor/irq/pci.c */
#include <errno.h>

#include <hv/boot/boot.h>
#include <hv/domain/domain.h>
#include <hv/event/event.h>
#include <hv/event/evtchn.h>
#include <hv/irq/irq.h>
#include <hv/irq/irqdesc.h>
#include <hv/irq/pirq.h>
#include <hv/irq/vector.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/mm/map.h>
#include <x86/ioapic.h>
#include <x86/lapic.h>
#include <xen/physdev.h>
#include <arch/io.h>

#include "log_capture.h"

#define GSIS	 24
#define MSI_DEV	 0x10	/* 00:02.0 has MSI with mask bits */
#define MSIX_DEV 0x18	/* 00:03.0 has MSI-X */
#define OLD_DEV	 0x20	/* 00:04.0 has MSI without mask bits */
#define CAP	 0x50

_Thread_local struct cpu_info hosted_cpu_info;
unsigned int nr_cpus = 2;
uint64_t max_mfn = 100;
struct domain *dom0;

static struct domain dom[2];
static struct vcpu vcpus[2];
static struct vcpu *vcpu_list[2] = {&vcpus[0], &vcpus[1]};
static struct frame frames[128];
static unsigned char eoi_page[4096] __aligned(4096);
static int frame_refs, mmio_maps, ours_called;
static unsigned int eois, sent, unmasked_port;
static uint32_t sent_port, sent_pirq;

/* ---- the machine ---- */

static struct {
	struct ioapic_route route;
	bool masked;
	unsigned int masks, unmasks;
} pin[GSIS];

static uint8_t config[256][256];	/* [devfn][register] */
static uint32_t cf8;
static uint32_t table[8][4];		/* MSI-X entries */

void ioapic_init(const struct boot_info *bi)
{
	unsigned int i;

	(void)bi;
	for (i = 0; i < GSIS; i++)
		pin[i].masked = true;
}

unsigned int ioapic_gsi_count(void)
{
	return GSIS;
}

bool ioapic_has_gsi(uint32_t gsi)
{
	return gsi < GSIS && gsi != 2;
}

void ioapic_route(uint32_t gsi, const struct ioapic_route *r)
{
	pin[gsi].route = *r;
	pin[gsi].masked = true;
}

void ioapic_mask(uint32_t gsi)
{
	pin[gsi].masked = true;
	pin[gsi].masks++;
}

void ioapic_unmask(uint32_t gsi)
{
	pin[gsi].masked = false;
	pin[gsi].unmasks++;
}

void lapic_eoi(void)
{
	eois++;
}

uint32_t lapic_id_of(unsigned int cpu)
{
	return cpu + 4;
}

static uint8_t *config_at(uint16_t port)
{
	return &config[cf8 >> 8 & 0xff][(cf8 & 0xfc) + (port & 3)];
}

void outb(uint16_t port, uint8_t v)
{
	*config_at(port) = v;
}

void outw(uint16_t port, uint16_t v)
{
	memcpy(config_at(port), &v, 2);
}

void outl(uint16_t port, uint32_t v)
{
	if (port == 0xcf8)
		cf8 = v;
	else
		memcpy(config_at(port), &v, 4);
}

uint8_t inb(uint16_t port)
{
	return *config_at(port);
}

uint16_t inw(uint16_t port)
{
	uint16_t v;

	memcpy(&v, config_at(port), 2);
	return v;
}

uint32_t inl(uint16_t port)
{
	uint32_t v;

	memcpy(&v, config_at(port), 4);
	return v;
}

uint32_t mmio_read32(const volatile void *p)
{
	return *(const volatile uint32_t *)p;
}

void mmio_write32(volatile void *p, uint32_t v)
{
	*(volatile uint32_t *)p = v;
}

void *map_mmio(maddr_t ma, size_t size)
{
	if (ma < 0xfe001000 || ma + size > 0xfe001000 + sizeof(table))
		return NULL;
	mmio_maps++;
	return (char *)table + (ma - 0xfe001000);
}

void unmap_mmio(void *p, size_t size)
{
	(void)p;
	(void)size;
	mmio_maps--;
}

struct frame *mfn_to_frame(mfn_t m)
{
	return &frames[m.n];
}

void *maddr_to_virt(maddr_t a)
{
	(void)a;
	return eoi_page;
}

int get_page_and_type(mfn_t m, struct domain *d, enum frame_type type)
{
	(void)d;
	if (m.n != 42 || type != FT_WRITABLE)
		return -EINVAL;
	frame_refs++;
	return 0;
}

void put_page_and_type(struct frame *f)
{
	(void)f;
	frame_refs--;
}

void *hv_alloc(size_t size)
{
	return calloc(1, size);
}

void hv_free(void *p)
{
	free(p);
}

bool evtchn_send_pirq(struct domain *d, uint32_t port, uint32_t pirq)
{
	(void)d;
	sent++;
	sent_port = port;
	sent_pirq = pirq;
	return true;
}

int evtchn_unmask(struct domain *d, uint32_t port)
{
	(void)d;
	unmasked_port = port;
	return 0;
}

static void ours(void *data)
{
	(void)data;
	ours_called++;
}

static void start(void)
{
	static struct boot_info bi = {
		.n_overrides = 1, .overrides = {{.irq = 9, .gsi = 9, .level = true, .low = false}}};
	static const uint8_t msi[] = {0x05, 0x00, 0x80, 0x01};	/* 64-bit, maskable */
	static const uint8_t old[] = {0x05, 0x00, 0x00, 0x00};
	static const uint8_t msix[] = {0x11, 0x00, 0x07, 0x00,
				       0x02, 0x10, 0x00, 0x00}; /* 8 entries at BAR 2 + 0x1000 */
	static const uint8_t bar2[] = {0x04, 0x00, 0x00, 0xfe};

	memset(config, 0xff, sizeof(config));
	for (unsigned int dev = MSI_DEV; dev <= OLD_DEV; dev += 8) {
		memset(config[dev], 0, 256);
		config[dev][0] = 1;
		config[dev][0x04] = 2;
		config[dev][0x06] = 0x10;
		config[dev][0x34] = 0x40;
		config[dev][0x40] = 0x09;
		config[dev][0x41] = CAP;
	}
	memcpy(&config[MSI_DEV][CAP], msi, sizeof(msi));
	memcpy(&config[OLD_DEV][CAP], old, sizeof(old));
	memcpy(&config[MSIX_DEV][CAP], msix, sizeof(msix));
	memcpy(&config[MSIX_DEV][0x18], bar2, sizeof(bar2));
	for (unsigned int i = 0; i < 8; i++)
		table[i][3] = 1;
	irq_init(&bi);
	dom0 = &dom[0];
	dom[0].privileged = true;
	dom[0].vcpus = dom[1].vcpus = vcpu_list;
	dom[0].max_vcpus = dom[1].max_vcpus = 2;
	vcpus[1].cpu = 1;
	if (pirq_domain_init(&dom[0]) || pirq_domain_init(&dom[1]))
		abort();
}

/* An interrupt at the place where a pin or a message points. */
static void interrupt(unsigned int cpu, unsigned int vector)
{
	uint64_t flags = irq_save();

	hosted_cpu_info.cpu = cpu;
	lock_check_handler(true);
	irq_dispatch(vector);
	lock_check_handler(false);
	hosted_cpu_info.cpu = 0;
	irq_restore(flags);
}

/* ---- tests ---- */

static void test_mapping(void)
{
	int32_t pirq = 9, other = 9;

	result(pirq_map_gsi(&dom[0], 9, &pirq) == 0 && pirq == 9, "GSI 9 is pirq 9");
	result(pirq_map_gsi(&dom[0], 9, &other) == 0 && other == 9,
	       "and mapping it again gives the same");
	other = 9;
	result(pirq_map_gsi(&dom[0], 10, &other) == -EBUSY, "a number stands for one interrupt");
	other = 5000;
	result(pirq_map_gsi(&dom[0], 2, &pirq) == -EINVAL &&
		       pirq_map_gsi(&dom[0], GSIS, &pirq) == -EINVAL &&
		       pirq_map_gsi(&dom[0], UINT32_MAX, &pirq) == -EINVAL &&
		       pirq_map_gsi(&dom[0], 11, &other) == -EINVAL,
	       "lines and numbers that do not exist are refused");
	other = -1;
	result(pirq_map_gsi(&dom[0], 11, &other) == 0 && other == 11,
	       "without a wish a GSI keeps its number");
	other = -1;
	result(pirq_map_gsi(&dom[1], 12, &other) == -ENOSPC, "an unprivileged domain has no pirqs");
	result(pirq_may_bind(&dom[0], 12) == -EINVAL && pirq_unmap(&dom[0], 12) == -EINVAL &&
		       pirq_may_bind(&dom[0], UINT32_MAX) == -EINVAL,
	       "what is not mapped cannot be bound or unmapped");
}

static void test_level(void)
{
	uint32_t flags;

	result(irq_setup_gsi(11, true, true) == 0 && irq_setup_gsi(11, true, true) == 0 &&
		       irq_setup_gsi(11, false, true) == -EEXIST &&
		       irq_setup_gsi(GSIS, true, true) == -EINVAL,
	       "a line is configured once");
	result(pirq_status(&dom[0], 11, &flags) == 0 && flags == XENIRQSTAT_needs_eoi,
	       "a level line wants an EOI");
	result(pirq_guest_bind(&dom[0], 11, false, 33) == 0 && !pin[11].masked &&
		       pin[11].route.level && pin[11].route.low && pin[11].route.apic_id == 4,
	       "binding routes the line and opens it");
	result(pirq_guest_bind(&dom[0], 11, false, 34) == -EINVAL &&
		       pirq_may_bind(&dom[0], 11) == -EEXIST && pirq_unmap(&dom[0], 11) == -EBUSY,
	       "bound is bound");
	interrupt(0, pin[11].route.vector);
	result(sent == 1 && sent_port == 33 && sent_pirq == 11 && eois == 1 && pin[11].masked,
	       "its interrupt is acknowledged, masked and sent to the guest");
	result(pirq_eoi(&dom[0], 11) == 0 && !pin[11].masked && pin[11].unmasks == 2,
	       "the EOI opens the line");
	result(pirq_eoi(&dom[0], 11) == 0 && pin[11].unmasks == 2 &&
		       pirq_eoi(&dom[0], 500) == -EINVAL && pirq_eoi(&dom[1], 11) == -EINVAL,
	       "an EOI that is not owed does nothing");
	interrupt(0, pin[11].route.vector);
	pirq_set_vcpu(&dom[0], 11, &vcpus[1]);
	result(pin[11].masked && pin[11].route.apic_id == 5,
	       "between interrupt and EOI the line moves to the vCPU's CPU");
	pirq_eoi(&dom[0], 11);
	interrupt(1, pin[11].route.vector);
	result(sent == 3 && vector_count(0) == 0 && vector_count(1) == 1,
	       "there the next one comes, and the old place is free");
	pirq_eoi(&dom[0], 11);
	pirq_set_vcpu(&dom[0], 11, &vcpus[0]);
	result(pin[11].route.apic_id == 5, "at other times it waits for its next interrupt");
	interrupt(1, pin[11].route.vector);
	result(pin[11].route.apic_id == 4 && pin[11].masked && sent == 4, "and moves then");
	pirq_guest_unbind(&dom[0], 11);
	result(pin[11].masked && pirq_eoi(&dom[0], 11) == 0 && pin[11].masked,
	       "unbound it is closed, whatever EOI comes");
	interrupt(0, pin[11].route.vector);
	result(sent == 4 && pin[11].masked && eois == 5,
	       "a late interrupt is acknowledged and goes nowhere");
	result(pirq_unmap(&dom[0], 11) == 0 && vector_count(0) == 0,
	       "unmapped, its vector is free");
}

static void test_edge_and_ours(void)
{
	int32_t pirq = 4;
	uint32_t flags;

	result(irq_request_gsi(4, ours, NULL) == 0 && !pin[4].masked &&
		       irq_request_gsi(4, ours, NULL) == -EBUSY &&
		       irq_request_gsi(2, ours, NULL) == -EINVAL,
	       "the hypervisor can have a line of its own");
	interrupt(0, pin[4].route.vector);
	result(ours_called == 1 && !pin[4].masked, "and gets its interrupts");
	result(pirq_map_gsi(&dom[0], 4, &pirq) == 0 &&
		       pirq_guest_bind(&dom[0], 4, false, 9) == -EBUSY,
	       "a guest can then not have it");
	pirq = 5;
	result(pirq_map_gsi(&dom[0], 5, &pirq) == 0 && pirq_guest_bind(&dom[0], 5, false, 7) == 0 &&
		       !pin[5].route.level && pirq_status(&dom[0], 5, &flags) == 0 && flags == 0,
	       "ISA lines are edge triggered");
	interrupt(0, pin[5].route.vector);
	result(sent_port == 7 && !pin[5].masked, "an edge needs no EOI");
	interrupt(0, 0xdf);
	interrupt(1, pin[5].route.vector);
	result(true, "interrupts at vectors that nobody uses are survived");
}

static void test_eoi_page(void)
{
	uint64_t *map = (uint64_t *)eoi_page;

	result(pirq_set_eoi_page(&dom[0], 7, false) == -EINVAL, "a bad frame is refused");
	pirq_guest_bind(&dom[0], 9, false, 3);
	memset(eoi_page, 0xff, sizeof(eoi_page));
	result(pirq_set_eoi_page(&dom[0], 42, true) == 0 && (map[0] >> 9 & 1) && !(map[0] >> 5 & 1),
	       "the page says which bound lines want an EOI");
	result(pirq_set_eoi_page(&dom[0], 42, true) == -EBUSY && frame_refs == 1,
	       "there is only one page");
	pirq_eoi(&dom[0], 9);
	result(unmasked_port == 3, "version 1: the EOI unmasks the event channel");
	pirq_guest_unbind(&dom[0], 9);
	result(!(map[0] >> 9 & 1), "unbound, the bit goes");
	result(pirq_set_eoi_page(&dom[1], 42, false) == 0 && frame_refs == 2,
	       "a domain without pirqs may give a page too");
}

static uint32_t config32(unsigned int dev, unsigned int reg)
{
	uint32_t v;

	memcpy(&v, &config[dev][reg], 4);
	return v;
}

static void test_msi(void)
{
	struct msi_request req = {.bdf = MSI_DEV};
	int32_t pirq = -1, second = -1;
	struct irq_desc *desc;

	result(pirq_map_msi(&dom[0], &req, &pirq) == 0 && pirq == (int32_t)nr_irqs - 1,
	       "an MSI gets the highest number");
	desc = irq_desc(GSIS);
	result(desc->kind == IRQ_MSI && config32(MSI_DEV, CAP + 4) == 0xfee04000 &&
		       config[MSI_DEV][CAP + 12] == desc->vector &&
		       config32(MSI_DEV, CAP + 16) == 1,
	       "its message leads to its vector, masked");
	result(pirq_guest_bind(&dom[0], (uint32_t)pirq, false, 77) == 0 &&
		       config32(MSI_DEV, CAP + 16) == 0,
	       "binding unmasks it");
	interrupt(0, desc->vector);
	result(sent_port == 77 && config32(MSI_DEV, CAP + 16) == 0, "its interrupt is an edge");
	pirq_set_vcpu(&dom[0], (uint32_t)pirq, &vcpus[1]);
	result(config32(MSI_DEV, CAP + 4) == 0xfee05000 && desc->cpu == 1, "it follows the vCPU");
	pirq_guest_unbind(&dom[0], (uint32_t)pirq);
	result(config32(MSI_DEV, CAP + 16) == 1 && pirq_unmap(&dom[0], (uint32_t)pirq) == 0 &&
		       desc->kind == IRQ_FREE,
	       "unmapped it is masked and forgotten");
	req.bdf = OLD_DEV;
	result(pirq_map_msi(&dom[0], &req, &second) == 0 &&
		       config32(OLD_DEV, CAP + 4) == 0xfee04000 &&
		       pirq_guest_bind(&dom[0], (uint32_t)second, false, 78) == 0,
	       "an MSI without mask bits works");
	pirq_set_vcpu(&dom[0], (uint32_t)second, &vcpus[1]);
	result(config32(OLD_DEV, CAP + 4) == 0xfee04000, "but stays where it is");
	req.bdf = 0x99;
	result(pirq_map_msi(&dom[0], &req, &second) == -ENODEV, "no device, no interrupt");
	req = (struct msi_request){.bdf = MSI_DEV, .x = true};
	result(pirq_map_msi(&dom[0], &req, &second) == -ENODEV, "no capability, no interrupt");
}

static void test_msix(void)
{
	struct msi_request req = {.bdf = MSIX_DEV, .x = true, .entry = 3, .table_base = 0xfe000000};
	int32_t pirq = -1;
	unsigned int vectors = vector_count(0);

	result(pirq_map_msi(&dom[0], &req, &pirq) == 0 && table[3][0] == 0xfee04000 &&
		       table[3][1] == 0 && table[3][2] == irq_desc(GSIS + 1)->vector &&
		       table[3][3] == 1,
	       "an entry of the table is written, masked");
	result(pirq_guest_bind(&dom[0], (uint32_t)pirq, false, 80) == 0 && table[3][3] == 0 &&
		       table[2][3] == 1,
	       "binding unmasks this entry and no other");
	memset(table[3], 0, 12);
	table[3][3] = 1;
	result(irq_restore_msi(MSIX_DEV) == 0 && table[3][0] == 0xfee04000 && table[3][3] == 0 &&
	       irq_restore_msi(0x99) == -ENODEV, "after a reset of the device it is written again");
	req.entry = 8;
	result(pirq_map_msi(&dom[0], &req, &pirq) == -EINVAL, "there is no entry 8 of 8");
	req.entry = 1;
	config[MSIX_DEV][4] = 0;
	pirq = -1;
	result(pirq_map_msi(&dom[0], &req, &pirq) == -ENXIO,
	       "nor any while memory decoding is off");
	config[MSIX_DEV][4] = 2;
	memset(&config[MSIX_DEV][0x18], 0, 4);
	req.table_base = 0x2000;
	frames[3].flags = FRAME_RAM;
	result(pirq_map_msi(&dom[0], &req, &pirq) == -EINVAL, "a table in RAM is refused");
	result(vector_count(0) == vectors + 1 && mmio_maps == 1,
	       "and nothing is left behind of all that");
}

int main(void)
{
	printf("1..51\n");
	start();
	test_mapping();
	test_level();
	test_edge_and_ours();
	test_eoi_page();
	test_msi();
	test_msix();
	pirq_domain_release(&dom[0]);
	pirq_domain_release(&dom[1]);
	result(frame_refs == 0 && mmio_maps == 0 && vector_count(0) == 1 && vector_count(1) == 0 &&
		       table[3][3] == 1 && pin[5].masked,
	       "a domain that is killed gives everything back");
	pirq_domain_destroy(&dom[0]);
	pirq_domain_destroy(&dom[1]);
	return tap_failures != 0;
}

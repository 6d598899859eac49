// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only program of a guest with little memory: loads /xen-netfront.ko, gives eth0 the address
 * 10.9.0.N (N is the word of digits on the kernel's command line), prints the free memory, and
 * sleeps. It uses no library and has 2 KiB.
 */
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>

#define TRIES 300 /* of 0.1 s: the vif comes when the backend is ready */

static long call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

static long length(const char *text)
{
	long n = 0;

	while (text[n])
		n++;
	return n;
}

static void say(const char *text)
{
	call(SYS_write, 1, (long)text, length(text));
}

static void say_number(unsigned long n)
{
	char digits[24];
	int at = sizeof(digits) - 1;

	digits[at] = 0;
	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	say(digits + at);
}

static void nap(void)
{
	struct timespec t = {.tv_nsec = 100000000};

	call(SYS_nanosleep, (long)&t, 0, 0);
}

static void load(const char *path)
{
	long fd = call(SYS_open, (long)path, O_RDONLY, 0);

	if (fd < 0 || call(SYS_finit_module, fd, (long)"", 0))
		say("pinged: the module cannot be loaded\n");
	call(SYS_close, fd, 0, 0);
	call(SYS_unlink, (long)path, 0, 0);
}

static long set(int fd, long what, unsigned int address)
{
	struct ifreq r = {.ifr_name = "eth0"};
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)&r.ifr_addr;

	if (what == SIOCSIFFLAGS) {
		r.ifr_flags = IFF_UP;
	} else {
		in->sin_family = AF_INET;
		in->sin_addr.s_addr = address;
	}
	return call(SYS_ioctl, fd, what, (long)&r);
}

static unsigned int number_of(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		n = n * 10 + (unsigned int)(*text - '0');
	}
	return n;
}

/* The kernel's stack for a new program: the count of arguments, then the arguments. */
__attribute__((used)) static void begin(const long *stack)
{
	const char *const *words = (const char *const *)(stack + 1);
	unsigned int n = 0, tries = 0;
	struct sysinfo info;
	long i;
	int fd;

	for (i = 0; i < stack[0]; i++)
		n = number_of(words[i]) ? number_of(words[i]) : n;
	load("/xen-netfront.ko");
	fd = (int)call(SYS_socket, AF_INET, SOCK_DGRAM, 0);
	while (set(fd, SIOCSIFADDR, 0x0000090aU | n << 24) && tries++ < TRIES)
		nap();
	set(fd, SIOCSIFNETMASK, 0x00ffffffU);
	set(fd, SIOCSIFFLAGS, 0);
	call(SYS_sysinfo, (long)&info, 0, 0);
	say("pinged: ");
	say_number(n);
	say(tries > TRIES ? " has no eth0, " : " is up, ");
	say_number(info.freeram * info.mem_unit >> 10);
	say(" KiB free of ");
	say_number(info.totalram * info.mem_unit >> 10);
	say("\n");
	for (;;)
		call(SYS_pause, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n");

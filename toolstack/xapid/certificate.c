// SPDX-License-Identifier: GPL-2.0-only
/* The certificate of the HTTPS server, made by GnuTLS: ECDSA on P-256, for ten years. */
#include "certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "alloc.h"
#include "log.h"
#include "text.h"

enum { SECONDS = 10 * 365 * 24 * 3600 };

static int fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	unsigned char serial[16];
	char name[256] = "xapid";

	gethostname(name, sizeof(name) - 1);
	if (getrandom(serial, sizeof(serial), 0) != sizeof(serial))
		abort();
	serial[0] &= 0x7f;
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 3600);
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + SECONDS);
	gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name, strlen(name));
	gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name, strlen(name),
					     GNUTLS_FSAN_SET);
	gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
	gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
	gnutls_x509_crt_set_key(crt, key);
	return gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
}

/* Key and certificate as PEM. */
static bool make(struct text *pem)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t k = {0}, c = {0};
	int result;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_crt_init(&crt);
	result = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
					      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (result >= 0)
		result = fill(crt, key);
	if (result >= 0)
		result = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &k);
	if (result >= 0)
		result = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &c);
	if (result >= 0) {
		text_add(pem, (char *)k.data, k.size);
		text_add(pem, (char *)c.data, c.size);
	} else {
		log_error("no certificate can be made: %s", gnutls_strerror(result));
	}
	gnutls_free(k.data);
	gnutls_free(c.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	return result >= 0;
}

static bool write_file(const char *path, const struct text *pem)
{
	char *made = alloc_printf("%s.new", path);
	int fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool written = fd >= 0 && write(fd, pem->s, pem->n) == (ssize_t)pem->n && !fsync(fd);

	if (fd >= 0)
		close(fd);
	written = written && !rename(made, path);
	if (!written)
		log_error("%s: %m", path);
	free(made);
	return written;
}

char *certificate_get(const char *path)
{
	struct text pem = {0};
	char part[4096];
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f && errno != ENOENT) {
		log_error("%s: %m", path);
		return NULL;
	}
	if (!f) {
		if (make(&pem) && write_file(path, &pem))
			return pem.s;
		free(pem.s);
		return NULL;
	}
	text_add(&pem, "", 0);
	while ((n = fread(part, 1, sizeof(part), f)))
		text_add(&pem, part, n);
	fclose(f);
	return pem.s;
}

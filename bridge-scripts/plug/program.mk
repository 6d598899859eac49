# SPDX-License-Identifier: GPL-2.0-only
# How a hotplug program is built. A program's Makefile sets NAME, SOURCES (its own), LIBS and
# INCLUDES and includes this. It is linked statically where the static libraries are installed
# (Debian's -dev packages have them), as loading shared libraries takes longer than the work.
TOP := $(abspath ../..)
OUT := $(TOP)/build/scripts
CC := gcc
SHARED := ../plug/settings.c ../plug/report.c ../plug/store.c ../plug/lock.c
CFLAGS := -std=gnu11 -O2 -g0 -Wall -Wextra -Werror -Wmissing-prototypes -Wshadow -Wundef \
	-Wno-format-truncation -I.. $(INCLUDES) -ffunction-sections -fdata-sections
STATIC := $(shell echo 'int main(void) { return 0; }' | \
	$(CC) -x c -static -o /dev/null - -Wl,--no-as-needed $(LIBS) -lpthread 2>/dev/null && \
	echo -static)

# glibc's name service, which a library could use and the program does not, is what a static link is
# warned of.
QUIET := $(STATIC:-static=-Wl,--no-warnings)

.PHONY: all
all: $(OUT)/$(NAME)
	@:

$(OUT)/$(NAME): $(SOURCES) $(SHARED) $(wildcard *.h ../plug/*.h) Makefile ../plug/program.mk
	@mkdir -p $(OUT)
	@echo "  CC      $(NAME)"
	@$(CC) $(CFLAGS) $(STATIC) $(QUIET) -Wl,--gc-sections -s -o $@ $(SOURCES) $(SHARED) \
		$(LIBS) -lpthread

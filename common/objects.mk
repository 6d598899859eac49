# SPDX-License-Identifier: GPL-2.0-only
# For the Kbuild of a driver: objects of common/ that are linked into its module, each built for
# that module alone (its name in the log, its parameters). NAME.c becomes common_NAME.o there:
#     include $(src)/../../common/objects.mk
#     shoji-netback-y += common_copy.o
# Headers are included by their path from the top: "common/ring.h", "include/xen/io/netif.h".
ccflags-y += -I$(src)/../..

$(obj)/common_%.o: $(src)/../../common/%.c FORCE
	$(call if_changed_rule,cc_o_c)

# SPDX-License-Identifier: GPL-2.0-only
# Shoji: everything a user or a developer runs. `make help` lists it.

# The lab's variables: given on the command line or in the environment, they reach the scripts as
# they are.
export HV BACK FRONT KERNEL RELEASE KERNEL_FORM GUESTS VCPUS MEM SMP SCRIPT TIMEOUT QEMU HV_IMAGE
export MODULES
export DOM0_MEM DOM0_VCPUS MACHINE OUT V
export A B ROUNDS ONLY QUICK

.DEFAULT_GOAL := help
.PHONY: help hypervisor demo check lab images bench timeline report cost tools modules
.PHONY: modules_install install install-scripts uninstall deb clean distclean
KDIR ?= /lib/modules/$(shell uname -r)/build

##@ The two commands
demo: ## boot the hypervisor, start two bridged guests, measure them, print a table, write a report
	@$(MAKE) --no-print-directory tools \
		HV=$(or $(HV),shoji) BACK=$(or $(BACK),shoji) FRONT=$(or $(FRONT),shoji)
	@selftests/lab/demo

check: ## run every test, or those whose path contains FILTER=; ends with a total
	@selftests/setup build lab check deb xapid xe
	@$(MAKE) --no-print-directory tools
	@selftests/lab/images 6.1
	@$(MAKE) --no-print-directory -C hypervisor
	@$(MAKE) --no-print-directory -C selftests/hosted -j2
	@selftests/check $(FILTER)

##@ The hypervisor
hypervisor: ## build build/hypervisor/shoji.elf; DEBUG=1: hypervisor-debug/, which checks locks
	@selftests/setup build
	@$(MAKE) --no-print-directory -C hypervisor

##@ The lab (variables: selftests/lab/README.md)
lab: tools ## run SCRIPT=file in Domain-0 and bring its files out
	@selftests/lab/lab run

images: tools ## build the lab's images now (demo, check and bench do it themselves)
	@selftests/lab/images

# What runs of ours is built: the hypervisor, the drivers.
ours := $(if $(filter shoji HV=shoji,$(HV) $(A) $(B)),hypervisor)
DRIVER_SIDES := $(BACK)$(FRONT)$(GUESTS)$(filter BACK=% FRONT=%,$(A) $(B))
ours += $(if $(findstring shoji,$(DRIVER_SIDES)),modules)

tools: $(ours) ## build the programs and modules that the lab's images hold
	@selftests/setup lab bench
	@$(MAKE) --no-print-directory -C selftests/lab/agent
	@$(MAKE) --no-print-directory -C bridge-scripts
	@selftests/bench/build

##@ The drivers
modules: ## build the kernel modules for the lab's kernels: build/modules/VERSION/shoji-*.ko
	@selftests/setup build
	@selftests/lab/drivers

modules_install: ## build them for the kernel that runs (KDIR=), install them, and modprobe.d's file
	@$(MAKE) -C $(KDIR) M=$(CURDIR) modules
	@$(MAKE) -C $(KDIR) M=$(CURDIR) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install
	@hypervisor/install/tree install "$(DESTDIR)/" backends/files

##@ Benchmarks (selftests/bench/README.md)
# A side that names no release and kernel has those of the reference: Xen 4.20, Linux 7.3.
bench timeline report: export RELEASE := $(or $(RELEASE),13)
bench timeline report: export KERNEL := $(or $(KERNEL),$(if $(filter 12,$(RELEASE)),6.1,7.3))
bench: tools ## compare A="HV=.. BACK=.. FRONT=.." with B="..", alternating; report in build/bench/
	@selftests/bench/bench

timeline: tools ## the time of each step of a block request, A= and B=, into the same report
	@selftests/bench/timeline

report: tools ## bench and timeline: all that the report shows
	@selftests/bench/bench; bench=$$?; [ $$bench -le 1 ] || exit $$bench; \
		selftests/bench/timeline && exit $$bench

cost: tools ## instructions per hypercall, block request, 64 KiB of TCP, datagram (QEMU -icount)
	@selftests/bench/cost

##@ Installation (DESTDIR=DIR: into a scratch root)
install: ## hypervisor, GRUB entries, drivers (DKMS), scripts, commands, selftests, manual
	@[ -n "$(DESTDIR)" ] || selftests/setup build install xapid xe
	@$(MAKE) --no-print-directory install-scripts
	@selftests/bench/build programs
	@$(MAKE) --no-print-directory -C selftests/lab/agent
	@$(MAKE) --no-print-directory -C selftests
	@$(MAKE) --no-print-directory -C toolstack/xapid
	@$(MAKE) --no-print-directory -C toolstack/xe
	@hypervisor/install/tree install "$(DESTDIR)/" hypervisor/install/files backends/files \
		selftests/bench/files selftests/kselftest/files toolstack/files \
		toolstack/xapid/files toolstack/xe/files
	@hypervisor/install/drivers install "$(DESTDIR)/"
	@$(MAKE) --no-print-directory -C hypervisor install

install-scripts: ## only the hotplug scripts (bridge-scripts/README.md)
	@$(MAKE) --no-print-directory -C bridge-scripts
	@hypervisor/install/tree install "$(DESTDIR)/" bridge-scripts/files

uninstall: ## remove all of that again, except settings that were changed
	@hypervisor/install/tree uninstall "$(DESTDIR)/" \
		hypervisor/install/files backends/files bridge-scripts/files selftests/bench/files \
		selftests/kselftest/files toolstack/files toolstack/xapid/files toolstack/xe/files
	@hypervisor/install/drivers uninstall "$(DESTDIR)/"
	@$(MAKE) --no-print-directory -C hypervisor uninstall

deb: ## build Debian packages in build/deb (toolstack/README.md); install them with apt
	@selftests/setup build deb
	@toolstack/deb

##@ The rest
clean: ## remove what was built, keep what was downloaded
	@find build -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} + 2>/dev/null || true

distclean: ## remove build/ whole
	@rm -rf build

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5); next } \
		/^[a-z][a-z_-]*:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nExamples:\n'
	@printf '  %s\n' 'make demo' 'make demo HV=xen BACK=stock FRONT=stock' \
		'make check FILTER=lab' \
		'make bench A="HV=xen BACK=stock FRONT=stock" B="HV=shoji BACK=shoji FRONT=shoji"'

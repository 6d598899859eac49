# SPDX-License-Identifier: GPL-2.0-only
# make install / uninstall: the hypervisor in /boot, and GRUB's script that makes entries for it
# beside the kernels' own. Its settings are put there and taken away by `tree`, as all settings are.
#   DESTDIR=DIR   install below DIR; GRUB's configuration is then left alone
#   IMAGE=FILE    another image than the one built here
IMAGE := $(OUT)/shoji.elf
BOOT := $(DESTDIR)/boot
GRUB_SCRIPT := $(DESTDIR)/etc/grub.d/20_shoji

.PHONY: install uninstall update-grub
install: $(IMAGE)
	@install -d $(BOOT) $(dir $(GRUB_SCRIPT))
	@gzip -9nc $(IMAGE) >$(BOOT)/shoji.gz.new
	@chmod 644 $(BOOT)/shoji.gz.new
	@mv $(BOOT)/shoji.gz.new $(BOOT)/shoji.gz
	@install -m 755 install/20_shoji $(GRUB_SCRIPT)
	@echo "  INSTALL $(BOOT)/shoji.gz"
	@$(MAKE) --no-print-directory update-grub

uninstall:
	@rm -f $(BOOT)/shoji.gz $(GRUB_SCRIPT)
	@echo "  REMOVE  $(BOOT)/shoji.gz"
	@$(MAKE) --no-print-directory update-grub

# The running system's menu; not that of a scratch root.
update-grub:
	@if [ -n "$(DESTDIR)" ]; then :; \
	elif command -v update-grub >/dev/null; then update-grub; \
	else echo "  NOTE    no update-grub here: write the boot loader's menu anew yourself"; fi

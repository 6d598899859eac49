/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before everything: all symbols are within one image, so none is reached through a GOT.
 */
#pragma GCC visibility push(hidden)

# SPDX-License-Identifier: GPL-2.0-only
"""Running the battery: in the lab's machines (`bench`), and in a user's Domain-0
(`shoji-bench`)."""

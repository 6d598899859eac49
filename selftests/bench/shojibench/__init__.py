# SPDX-License-Identifier: GPL-2.0-only
"""Running the battery in a Domain-0 (`shoji-bench`), and rounds of that in the lab's machines
(`bench`)."""

# SPDX-License-Identifier: GPL-2.0-only
"""How a run ends before its end."""


class Stop(Exception):
    """The run ends here: message for the user, exit code."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code

"""`python -m ocigenai_nb`: the same as the command `ocigenai-nb`."""

from __future__ import annotations

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())

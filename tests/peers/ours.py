"""ocigenai_nb beside its peers: `python -m tests.peers.ours URL CONFIG_FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

import ocigenai_nb
from tests.bench.readers import ours
from tests.peers.reading import serve

if __name__ == "__main__":
    serve(ocigenai_nb.__version__, ours(sys.argv[1], Path(sys.argv[2])))

"""All that heddle.processes does beside CPython's multiprocessing, side by side; sidebyside/rows.py says what."""

import sys

from sidebyside import compare

if __name__ == "__main__":
    sys.exit(compare.main("processes"))

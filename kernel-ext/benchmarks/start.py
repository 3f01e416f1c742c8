"""What starting and joining children takes: the first rows of processes.py alone."""

import sys

from sidebyside import compare

if __name__ == "__main__":
    sys.exit(compare.main("start"))

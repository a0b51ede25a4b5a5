"""Imports numpy and seqrl for the tests in this folder. If numpy is missing, or seqrl was built for another version of
it, the test exits with status 77, which CTest counts as skipped.
"""

import sys

try:
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

try:
    import seqrl
except ImportError as error:
    if "does not support numpy" not in str(error):
        raise
    print(f"skipped: {error}")
    sys.exit(77)

__all__ = ["np", "seqrl"]

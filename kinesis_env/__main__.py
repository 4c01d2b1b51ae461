"""Makes ``python -m kinesis_env`` the same as ``kinesis-env``."""

import sys

from kinesis_env.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

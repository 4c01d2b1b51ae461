"""Lets ``python -m kinesis_env`` do what ``kinesis-env`` does."""

import sys

from kinesis_env.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

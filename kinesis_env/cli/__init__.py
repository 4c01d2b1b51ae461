"""The command line, ``kinesis-env ...``: ``main.py`` has the parser, the other modules one family of commands each."""

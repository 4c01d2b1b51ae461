"""The command line, ``kinesis-env ...``: ``main.py`` has the parser, each other module a family of commands."""

"""``python -m ops``: the command line, for child processes of our own."""

from ops.cli import main

main()

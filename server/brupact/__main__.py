"""``python -m brupact``: the same as the command ``brupact``."""

from brupact.cli import main

main()

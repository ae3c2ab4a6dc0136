"""`python -m twingraph`: the command line where no script is installed."""

from twingraph.cli import main

main()

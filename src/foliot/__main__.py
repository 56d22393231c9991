"""`python -m foliot` is the command `foliot`."""

from foliot.wiring import main

main()

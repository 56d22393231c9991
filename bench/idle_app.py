"""An application for `foliot worker bench.idle_app:app`."""

import foliot

app = foliot.App()


@app.job()
async def noop() -> None:
    """Does nothing."""

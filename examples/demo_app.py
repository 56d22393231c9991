"""The application of `./dev demo`: five jobs, each with a fate of its own."""

import asyncio

import foliot

app = foliot.App()

QUICKLY = foliot.RetryPolicy(max_attempts=3, backoff="fixed", base_seconds=0.3, jitter="none")


@app.job()
async def greet(name: str) -> str:
    """Succeed at once."""
    return f"Hello, {name}!"


@app.job()
def remind(ctx: foliot.Context, text: str) -> str:
    """Succeed, in a thread, leaving a line on the event log."""
    ctx.log("reminding", text=text)
    return text


@app.job(retry=QUICKLY)
async def flaky(ctx: foliot.Context, failures: int) -> str:
    """Fail so many times, then succeed."""
    if ctx.attempt <= failures:
        raise ConnectionError(f"the network was away on try {ctx.attempt}")
    return f"succeeded on try {ctx.attempt}"


@app.job(retry=QUICKLY)
async def hopeless(order: int) -> None:
    """Fail for good: there is no use in trying again."""
    raise foliot.PermanentError(f"order {order} does not exist")


@app.job()
async def launch(seconds: float) -> None:
    """Take so long that there is time to think better of it."""
    await asyncio.sleep(seconds)

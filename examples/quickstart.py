"""A first application: declare job types, submit work, wait for results.

python examples/quickstart.py              runs it all in one process
foliot worker examples.quickstart:app      runs a worker for it, which others can submit to
"""

import asyncio

import foliot

app = foliot.App()


@app.job(timeout=10, retry=5)
async def greet(name: str, excited: bool = False) -> str:
    """Greet someone."""
    return f"Hello, {name}{'!' if excited else '.'}"


@app.job(queue="default", priority=foliot.Priority.HIGH)
def count_words(ctx: foliot.Context, text: str) -> dict[str, int]:
    """Count the words of a text. A plain function runs in a thread."""
    counts: dict[str, int] = {}
    words = text.split()
    for done, word in enumerate(words, 1):
        counts[word] = counts.get(word, 0) + 1
        ctx.progress(done / len(words), word)
    return counts


async def main() -> None:
    """Work and submit in the same process."""
    async with app, app.working():
        greeting = await app.submit(greet, "Ada", excited=True)
        print(await greeting.result(timeout=10))

        later = await app.submit(greet.options(delay=1), "Grace")
        print(await later.status(), "…", await later.result(timeout=10))

        many = await app.submit_many([count_words.call(text) for text in ("a b a", "to be or not to be")])
        for handle in many:
            print(await handle.result(timeout=10))


if __name__ == "__main__":
    asyncio.run(main())

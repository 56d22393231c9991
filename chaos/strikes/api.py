"""What happens to the API."""

from chaos.stage import Stage


async def kill_the_api(stage: Stage) -> None:
    """SIGKILL while requests are under way; it is started again at the same place."""
    with stage.fault("the API is killed, and started again"):
        await stage.site.api.kill()
        await stage.site.start_api()

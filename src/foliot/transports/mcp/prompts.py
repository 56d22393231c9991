"""Prompts: what people often ask for, put so that a model takes the right steps."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from mcp_types import (
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    PaginatedRequestParams,
    PromptArgument,
    PromptMessage,
    TextContent,
)
from mcp_types import Prompt as WirePrompt

from foliot.transports.mcp.door import Context
from foliot.transports.mcp.refusals import misused


class Argument(msgspec.Struct, frozen=True):
    """What a prompt is filled with."""

    name: str
    description: str
    default: str | None = None


class Prompt(msgspec.Struct, frozen=True):
    """One prompt; `text` has its arguments in braces."""

    name: str
    title: str
    description: str
    arguments: Sequence[Argument]
    text: str


_TYPE: Final = Argument("type", "The job type, as report.build.")
_ZONE: Final = Argument("timezone", "The user's IANA timezone, as Europe/Berlin.")

PROMPTS: Final[Mapping[str, Prompt]] = {
    prompt.name: prompt
    for prompt in (
        Prompt(
            "schedule_once",
            "Do something once",
            "Schedules one run of a job at a local time.",
            (_TYPE, Argument("when", "When, as `tomorrow at 8` or `in 20 minutes`."), _ZONE),
            "Schedule one job of the type {type}, {when}, where I am in the timezone {timezone}. Look up the type with "
            "types_list and ask me for what its payload needs. Then call task_create with `at` and `timezone`, or with "
            "`delay`, and tell me the local time and the job's id.",
        ),
        Prompt(
            "schedule_recurring",
            "Do something again and again",
            "Schedules a recurring job, after a look at its next times.",
            (_TYPE, Argument("when", "How often, as `every weekday at 8` or `the last Friday of each month`."), _ZONE),
            "I want a job of the type {type} to run {when}, in the timezone {timezone}. Look up the type with "
            "types_list and ask me for what its payload needs. Write the schedule as `cron`, or as `rrule` with `at`; "
            "show me its next five times with task_preview, and create it with task_create when I agree.",
        ),
        Prompt(
            "whats_running",
            "What is going on",
            "An overview of active jobs and of what failed.",
            (_ZONE,),
            "Give me an overview of what is scheduled: list the active jobs with task_list, state active and timezone "
            "{timezone}, and what failed with dead_list. Sum up in a table when each runs next, and say what needs me.",
        ),
        Prompt(
            "explain_failure",
            "Why did it fail",
            "Finds out why a run failed, and what to do.",
            (Argument("run_id", "The run's id; without one, the newest dead letter.", "of the newest dead letter"),),
            "Find out why the run {run_id} failed: read it with run_get and its story with task_events (dead_list has "
            "the dead letters). Tell me the cause in plain words and whether a replay can help. Call dead_replay only "
            "when I say so.",
        ),
    )
}  # fmt: skip


async def list_prompts(_: Context, params: PaginatedRequestParams | None) -> ListPromptsResult:
    """All prompts, on one page."""
    if params is not None and params.cursor is not None:
        raise misused("All prompts are on one page; ask without a cursor.")
    return ListPromptsResult(
        prompts=[
            WirePrompt(
                name=prompt.name,
                title=prompt.title,
                description=prompt.description,
                arguments=[
                    PromptArgument(
                        name=argument.name, description=argument.description, required=argument.default is None
                    )
                    for argument in prompt.arguments
                ],
            )
            for prompt in PROMPTS.values()
        ],
        ttl_ms=3_600_000,
        cache_scope="public",
    )


async def get_prompt(_: Context, params: GetPromptRequestParams) -> GetPromptResult:
    """A prompt, filled in."""
    prompt = PROMPTS.get(params.name)
    if prompt is None:
        raise misused(f"There is no prompt {params.name[:100]!r}. Known: {', '.join(PROMPTS)}.")
    given = params.arguments or {}
    names = [argument.name for argument in prompt.arguments]
    for name in given:
        if name not in names:
            raise misused(f"The prompt {prompt.name} has no argument {name[:100]!r}. Known: {', '.join(names)}.")
    filled = {}
    for argument in prompt.arguments:
        value = given.get(argument.name) or argument.default
        if value is None:
            raise misused(f"The prompt {prompt.name} needs the argument {argument.name}: {argument.description}")
        filled[argument.name] = value
    message = PromptMessage(role="user", content=TextContent(text=prompt.text.format_map(filled)))
    return GetPromptResult(description=prompt.description, messages=[message])

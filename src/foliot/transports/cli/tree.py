"""A graph of jobs, drawn as a tree of text."""

from collections import defaultdict
from typing import Final

from foliot.domain.parents import WaitFor
from foliot.domain.ripple import Link
from foliot.service.graphs import Graph
from foliot.transports.cli.layout import Cell, Table, columns
from foliot.transports.cli.tables import state_cell

_BRANCH: Final = "├─ "
_LAST: Final = "└─ "
_ONLY: Final = "↓ "
_INNER: Final = {_BRANCH: "│  ", _LAST: "   "}


def tree(graph: Graph) -> Table:
    """What comes after a job, each below what it waits for; a job that waits for several is followed only once.

    An only child stands straight below its parent, so that a long chain stays within the page.
    """
    children: defaultdict[str, list[Link]] = defaultdict(list)
    for link in graph.links:
        children[link.parent_id].append(link)
    rows, drawn = [], set()
    left = [("", "", graph.job_id, WaitFor.SUCCEEDED)]
    while left:
        margin, branch, job_id, wait_for = left.pop()
        member = graph.members[job_id]
        note = "" if wait_for is WaitFor.SUCCEEDED else f"waits for {wait_for}"
        if job_id in drawn:
            note = ", ".join(filter(None, [note, "see above"]))
        name = Cell(margin + branch + job_id)
        rows.append([name, state_cell(member.state or ""), Cell(member.type or "forgotten"), Cell(note)])
        if job_id in drawn:
            continue
        drawn.add(job_id)
        inner = margin + _INNER.get(branch, "")
        left.extend(reversed(_branches(inner, [link for link in children[job_id] if link.child_id in graph.members])))
    if not graph.is_whole:
        rows.append([Cell("…"), Cell(""), Cell(""), Cell("there are more")])
    return Table(columns("job", "state", "type", prose="note"), rows, "")


def _branches(margin: str, links: list[Link]) -> list[tuple[str, str, str, WaitFor]]:
    if len(links) == 1:
        return [(margin, _ONLY, links[0].child_id, links[0].wait_for)]
    return [(margin, _LAST if link is links[-1] else _BRANCH, link.child_id, link.wait_for) for link in links]

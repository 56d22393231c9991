"""Entity tags (RFC 9110 §8.8.3) and the conditions that name them (§13.1).

The tag of a job is `"<revision>-<digest>"`. The digest is of all that is shown, so that `If-None-Match` never calls a
copy fresh that is not: the next planned instant, say, moves on by itself. `If-Match` guards against changing what
somebody else has changed, and only edits, pauses and resumes are that: it looks at the revision alone, else no job that
is planned each second could ever be edited. So `"<revision>"`, as the body tells it, will do as well.
"""

import hashlib
import re
from typing import Final

from foliot.domain.errors import InvalidRequest
from foliot.domain.identity import Identity
from foliot.service.editing import changed_meanwhile
from foliot.service.services import Services

_TAG: Final = re.compile(r'[ \t]*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)')
_OF_A_REVISION: Final = re.compile(r"([1-9][0-9]{0,9})(?:-[0-9a-f]{16})?")


def entity_tag(revision: int, body: bytes) -> str:
    """The tag of what is shown of a thing with a revision."""
    return f'"{revision}-{hashlib.blake2b(body, digest_size=8).hexdigest()}"'


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Whether the caller has what has this tag; a weak tag will do.

    Raises:
        InvalidRequest: the header cannot be read.
    """
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return tag.strip('"') in (text for _, text in _tags(if_none_match, "If-None-Match"))


async def expected_revision(services: Services, identity: Identity, job_id: str, if_match: str | None) -> int | None:
    """The revision that a job must have; None: any.

    Raises:
        InvalidRequest: the header cannot be read, or names a weak tag.
        RevisionConflict: the job has none of the revisions that it names.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    revisions = []
    for weak, text in _tags(if_match, "If-Match"):
        if weak:
            raise InvalidRequest(
                f'W/"{text}" is a weak tag, which promises too little to change anything by. Send the tag as it was '
                "given, or the revision in quotes.",
                "If-Match",
            )
        if found := _OF_A_REVISION.fullmatch(text):
            revisions.append(int(found[1]))
    if len(revisions) == 1:
        return revisions[0]
    job = await services.jobs.get(identity, job_id)
    if job.revision not in revisions:
        raise changed_meanwhile(job)
    return job.revision


def _tags(header: str, name: str) -> list[tuple[bool, str]]:
    """The tags in a header: whether each is weak, and what it says."""
    found, place = [], 0
    while place < len(header):
        tag = _TAG.match(header, place)
        if tag is None:
            break
        found.append((tag[1] is not None, tag[2]))
        place = tag.end()
    if not found or place < len(header):
        raise InvalidRequest(f'{name} is * or entity tags in double quotes, as "3-0123456789abcdef".', name)
    return found

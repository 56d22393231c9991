"""What in a new OpenAPI document would break clients that were written against an old one."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_NARROWING = {"minimum": 1, "exclusiveMinimum": 1, "minLength": 1, "minItems": 1, "maximum": -1, "exclusiveMaximum": -1,
              "maxLength": -1, "maxItems": -1}  # fmt: skip


def broken(old: Json, new: Json) -> list[str]:
    """Each breaking change in a line: where, and what.

    A request may ask for less, and a response may tell more. Unknown members of requests are refused, so that taking
    one away breaks who sends it; unknown members and words of responses are to be passed over by clients.
    """
    return list(_documents(old, new))


def _documents(old: Json, new: Json) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            where = f"{method.upper()} {path}"
            changed = new["paths"].get(path, {}).get(method)
            if changed is None:
                yield f"{where}: is gone"
            else:
                yield from _operations(where, operation, changed, Schemas(old, new))


class Schemas:
    """The two documents that references are looked up in."""

    def __init__(self, old: Json, new: Json) -> None:
        self._documents = old, new
        self._compared: set[tuple[str, str, bool]] = set()

    def compare(self, where: str, old: Json, new: Json, *, is_sent: bool) -> Iterator[str]:
        """What breaks those who send the old schema, or those who read it."""
        if "$ref" in old and "$ref" in new:
            pair = old["$ref"], new["$ref"], is_sent
            if pair in self._compared:
                return
            self._compared.add(pair)
        old, new = self._resolved(0, old), self._resolved(1, new)
        if "anyOf" in old or "anyOf" in new:
            yield from self._alternatives(where, old, new, is_sent)
            return
        if "type" in new and old.get("type") != new["type"]:
            if not (old.get("type") == "integer" and new["type"] == "number"):
                yield f"{where}: was {old.get('type', 'anything')}, is {new['type']}"
            return
        yield from self._members(where, old, new, is_sent)
        if is_sent:
            yield from _narrowed(where, old, new)
        if "items" in old and "items" in new:
            yield from self.compare(f"{where}[]", old["items"], new["items"], is_sent=is_sent)

    def _members(self, where: str, old: Json, new: Json, is_sent: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before.keys() - after.keys():
            yield f"{where}.{name}: is gone"
        needed, was_needed = set(new.get("required", ())), set(old.get("required", ()))
        if is_sent:
            for name in needed - was_needed:
                yield f"{where}.{name}: is required now"
        else:
            for name in was_needed - needed:
                yield f"{where}.{name}: may be left out now"
        for name in before.keys() & after.keys():
            yield from self.compare(f"{where}.{name}", before[name], after[name], is_sent=is_sent)

    def _alternatives(self, where: str, old: Json, new: Json, is_sent: bool) -> Iterator[str]:
        before, after = old.get("anyOf", [old]), new.get("anyOf", [new])
        takers, given = (after, before) if is_sent else (before, after)
        for one in given:
            pairs = [(one, other) if is_sent else (other, one) for other in takers]
            if not any(not list(Schemas(*self._documents).compare(where, *pair, is_sent=is_sent)) for pair in pairs):
                yield f"{where}: {_name(one)} is no alternative that {'is taken' if is_sent else 'was told of'}"

    def _resolved(self, which: int, schema: Json) -> Json:
        while "$ref" in schema:
            found: Any = self._documents[which]
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema


def _operations(where: str, old: Json, new: Json, schemas: Schemas) -> Iterator[str]:
    before = {(one["in"], one["name"]): one for one in old["parameters"]}
    after = {(one["in"], one["name"]): one for one in new["parameters"]}
    for place, name in before.keys() - after.keys():
        yield f"{where}: the {place} parameter {name} is gone"
    for (place, name), parameter in after.items():
        if parameter.get("required") and not before.get((place, name), {}).get("required"):
            yield f"{where}: the {place} parameter {name} is required now"
    for key in before.keys() & after.keys():
        schema = before[key]["schema"], after[key]["schema"]
        yield from schemas.compare(f"{where}: {key[1]}", *schema, is_sent=True)
    if "requestBody" in new and "requestBody" not in old:
        yield f"{where}: a body is required now"
    for kind, sent in old.get("requestBody", {}).get("content", {}).items():
        taken = new.get("requestBody", {}).get("content", {}).get(kind)
        if taken is None:
            yield f"{where}: no body of {kind} is taken any more"
        else:
            yield from schemas.compare(f"{where}: body", sent["schema"], taken["schema"], is_sent=True)
    for status, answer in old["responses"].items():
        told = new["responses"].get(status)
        if told is None and status < "300":
            yield f"{where}: is never answered with {status} any more"
        for kind, content in answer.get("content", {}).items():
            now = (told or {}).get("content", {}).get(kind)
            if told is not None and now is None:
                yield f"{where}: {status} is not {kind} any more"
            elif now is not None:
                yield from schemas.compare(f"{where}: {status}", content["schema"], now["schema"], is_sent=False)


def _narrowed(where: str, old: Json, new: Json) -> Iterator[str]:
    if "enum" in new and (gone := set(old.get("enum", ["anything"])) - set(new["enum"])):
        yield f"{where}: {', '.join(map(str, sorted(gone)))} cannot be said any more"
    for limit, sign in _NARROWING.items():
        if limit in new and (limit not in old or sign * new[limit] > sign * old[limit]):
            yield f"{where}: {limit} was {old.get(limit, 'none')}, is {new[limit]}"
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{where}: unknown members are refused now"


def _name(schema: Json) -> str:
    return str(schema.get("$ref", schema.get("type", schema))).rpartition("/")[2]

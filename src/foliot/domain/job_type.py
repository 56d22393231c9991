"""A job type: a name, its policy, and the arguments that its payload must fit."""

from typing import Any

import msgspec

from foliot.domain.errors import InvalidPayload, InvalidPolicy
from foliot.domain.policy import Policy, check_name


class JobType(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a type wherever it is known.

    `arguments` is the struct that a payload must decode into; only a process that has loaded the handler has it.
    `schema` is the same as JSON Schema (2020-12), kept in the store so that every process can show it.
    """

    name: str
    policy: Policy = Policy()
    schema: dict[str, Any] = msgspec.field(default_factory=dict)
    description: str = ""
    arguments: type[msgspec.Struct] | None = None

    def checked(self) -> "JobType":
        """This type, if its name and policy are usable.

        Raises:
            InvalidPolicy: naming the member that is out of range.
        """
        check_name(self.name, "type")
        if any(character.isspace() for character in self.name):
            raise InvalidPolicy("A job type's name has no white space.", "type")
        self.policy.checked()
        return self

    def decode(self, payload: bytes | str) -> msgspec.Struct | None:
        """The payload as this type's arguments, or None where the handler is not loaded.

        Raises:
            InvalidPayload: saying which argument is missing, unknown or of the wrong type.
        """
        if self.arguments is None:
            return None
        try:
            return msgspec.json.decode(payload, type=self.arguments)
        except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
            raise InvalidPayload(
                f"The payload does not fit the arguments of {self.name}: {error}.", "payload"
            ) from None

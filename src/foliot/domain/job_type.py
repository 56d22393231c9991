"""A job type: a name, its policy, and the arguments that its payload must fit."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from foliot.domain.errors import InvalidPayload, InvalidPolicy, InvalidUnique
from foliot.domain.payload_schema import TakesTooLong, check_schema, checker
from foliot.domain.policy import Policy, check_name

if TYPE_CHECKING:
    from collections.abc import Callable


class JobType(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What is known of a type wherever it is known.

    `arguments` is the struct that a payload must decode into; only a process that has loaded the handler has it.
    `schema` is the same as JSON Schema (2020-12), kept in the store so that every process can show it.
    `tenant_id` is set where the tenant's own workers do it, which speak the worker protocol; only that tenant has it.
    """

    name: str
    policy: Policy = Policy()
    schema: dict[str, Any] = msgspec.field(default_factory=dict)
    description: str = ""
    arguments: type[msgspec.Struct] | None = None
    tenant_id: str | None = None

    @property
    def is_remote(self) -> bool:
        """Whether workers outside do it."""
        return self.tenant_id is not None

    def checked(self) -> "JobType":
        """This type, if its name, its policy and, where a tenant wrote it, its schema are usable.

        Raises:
            InvalidPolicy: naming the member that is out of range.
            InvalidUnique: it is to be unique by what it has not, or makes no sense.
            InvalidSchema: with the place.
        """
        check_name(self.name, "type")
        if any(character.isspace() for character in self.name):
            raise InvalidPolicy("A job type's name has no white space.", "type")
        self.policy.checked()
        if self.arguments is not None and self.policy.unique is not None:
            for name in self.policy.unique.args:
                if name not in self.arguments.__struct_encode_fields__:
                    raise InvalidUnique(f"{self.name} has no argument {name!r} to be unique by.", "unique.args")
        if self.is_remote:
            check_schema(self.schema)
        return self

    def decode(self, payload: bytes | str) -> Any:
        """The payload as this type's arguments; where the handler is not loaded, as the JSON that fits its schema.

        Raises:
            InvalidPayload: it is not JSON, or an argument is missing, unknown or of the wrong type.
        """
        try:
            decoded = self._decoder.decode(payload)
        except msgspec.ValidationError as error:
            raise self._misfit(str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidPayload(f"The payload is not JSON: {error}.", "payload") from None
        if self.arguments is None and self.schema:
            try:
                fault = self._fault(decoded)
            except RecursionError:
                raise self._misfit("it is nested too deeply") from None
            except TakesTooLong:
                raise self._misfit("it takes too long to check; simplify the schema of the type") from None
            if fault is not None:
                raise self._misfit(fault)
        return decoded

    def _misfit(self, why: str) -> InvalidPayload:
        return InvalidPayload(f"The payload does not fit the arguments of {self.name}: {why}.", "payload")

    @cached_property
    def _fault(self) -> "Callable[[object], str | None]":
        return checker(self.schema)  # only processes without the handler pay for the import behind it

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(Any if self.arguments is None else self.arguments)

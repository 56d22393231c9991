"""A job type: a name, its policy, and the arguments that its payload must fit."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from foliot.domain.errors import InvalidPayload, InvalidPolicy
from foliot.domain.policy import Policy, check_name

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


class JobType(msgspec.Struct, frozen=True, kw_only=True, dict=True):
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
                fault = next(self._validator.iter_errors(decoded), None)
            except RecursionError:
                raise self._misfit("it is nested too deeply") from None
            if fault is not None:
                raise self._misfit(f"{fault.message} - at `{fault.json_path}`")
        return decoded

    def _misfit(self, why: str) -> InvalidPayload:
        return InvalidPayload(f"The payload does not fit the arguments of {self.name}: {why}.", "payload")

    @cached_property
    def _validator(self) -> "Draft202012Validator":
        from jsonschema import Draft202012Validator  # only processes without the handler pay for its import

        return Draft202012Validator(self.schema)

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(Any if self.arguments is None else self.arguments)

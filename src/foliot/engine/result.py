"""What a handler returned, as it is kept."""

from typing import Any

import msgspec

from foliot.domain.errors import PermanentError
from foliot.domain.run import LARGEST_RESULT_BYTES

_encoder = msgspec.json.Encoder()


def encode_result(result: Any) -> bytes:
    """What a handler returned, as JSON.

    Raises:
        PermanentError: it has no JSON form, or is too large to be kept; to run the handler again would not change that.
    """
    try:
        encoded = b"null" if result is None else _encoder.encode(result)
    except RecursionError:
        raise PermanentError("The result cannot be kept as JSON: it is nested too deeply.") from None
    except (TypeError, ValueError) as error:
        raise PermanentError(f"The result cannot be kept as JSON: {error}.") from None
    if len(encoded) > LARGEST_RESULT_BYTES:
        raise PermanentError(
            f"The result has {len(encoded):,} bytes as JSON, {LARGEST_RESULT_BYTES:,} are kept; return a reference."
        )
    return encoded

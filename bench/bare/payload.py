"""What the jobs carry: as much as those that go through Foliot."""

from typing import Final

PAYLOAD: Final = '{"to":"someone@example.com","subject":"hello","n":12345,"body":"xxxxxxxxxxxxxxxxxxxxxxxxxx"}'
RESULT: Final = '{"ok":true}'

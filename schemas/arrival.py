"""When a record came, which is a part of the contract: the broker's stamp, less what a gateway held the record back."""

from typing import Final

HELD_MS: Final = "x-held-ms"
"""On a record that a gateway kept on disk while the broker was away: for how many milliseconds. It came so long before
the broker's stamp. A length of time and no moment: so the gateway's clock need not be right."""

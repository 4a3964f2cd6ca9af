"""What one DICOM connection may cost the others. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one connection may cost; the numbers are our choice.

    connections  at once
    of_one       of these, from one address
    handshake_s  for the TLS handshake, and again for the request of an association
    pdu_s        from the first byte of a PDU to its last, and for a peer to take what is sent to it
    idle_s       an association without a PDU for so long is aborted
    """

    connections: int = 64
    of_one: int = 24
    handshake_s: float = 10
    pdu_s: float = 30
    idle_s: float = 60

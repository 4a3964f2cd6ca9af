"""Which addresses are of this machine itself, so that nobody listens on the way to them."""

from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """Whether a host, by name or address, is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False

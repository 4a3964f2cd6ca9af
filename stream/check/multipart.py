"""The first part of a multipart/related response, as WADO-RS returns an instance (DICOM PS3.18 8.6.1.2.1, RFC 2387)."""

from email.message import Message


def first_part(body: bytes, content_type: str) -> bytes | None:
    """Return the content of the first part; the body itself when it is not multipart; None when it is malformed."""
    header = Message()
    header["Content-Type"] = content_type
    if header.get_content_maintype() != "multipart":
        return body
    try:
        boundary = header.get_param("boundary")
    except (LookupError, TypeError, ValueError):  # parts of a parameter (RFC 2231) that don't belong together
        return None
    if not isinstance(boundary, str) or not boundary:
        return None
    delimiter = b"--" + boundary.encode("utf-8")
    start = body.find(delimiter)
    content = body.find(b"\r\n\r\n", start)
    end = body.find(b"\r\n" + delimiter, content)
    return None if min(start, content, end) < 0 else body[content + 4 : end]

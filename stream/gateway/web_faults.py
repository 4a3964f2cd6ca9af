"""What a request is answered with where reading or answering it fails, the same for every web server of ours."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from stream.gateway.intake import log_fault


async def answered(
    response: Awaitable[web.StreamResponse], refusal: Callable[[int], web.StreamResponse]
) -> web.StreamResponse:
    """Return the response, or a refusal with the status that fits: a fault of ours costs this request and no other.

    Raises ConnectionError: nobody is there to be answered.
    """
    try:
        return await response
    except web.HTTPException as error:
        return refusal(error.status)
    except TimeoutError:
        return refusal(408)
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours costs this request and no other
        log_fault(error)
        return refusal(500)

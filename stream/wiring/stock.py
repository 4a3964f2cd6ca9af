"""Stock Faust with an empty agent body, a ruler of the benchmark: `python -m stream.wiring.stock`."""

import faust

from stream.settings import Settings


def make_app(settings: Settings) -> faust.App:
    """An app that reads vitals and does nothing with them; Faust as it comes, but for the commit interval."""
    app = faust.App(
        settings.group,
        broker=f"kafka://{settings.broker}",
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        broker_commit_interval=0.5,  # as often as Wardwatch
    )
    vitals = app.topic("vitals", key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    @app.agent(vitals)  # type: ignore[untyped-decorator]  # Faust is untyped here
    async def nothing(stream: faust.Stream) -> None:
        async for _ in stream:
            pass

    return app


if __name__ == "__main__":
    faust.Worker(make_app(Settings()), loglevel="WARNING").execute_from_commandline()

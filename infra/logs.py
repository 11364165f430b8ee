"""Logs: one line for each thing that happened, on standard error; JSON unless a person is watching."""

import logging
import sys
from typing import Final

import orjson
import structlog

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure(*, level: str = "info", style: str = "auto", process: str | None = None) -> None:
    """Send every log line from `level` up to standard error, as `style`: json, console, or auto.

    Auto is console on a terminal and json elsewhere.
    Standard output stays free for what a command answers. `process` names this process on each of its lines.
    The standard library's loggers (uvicorn's, kafka-python's) go the same way, from `warning` up at least.
    """
    is_for_people = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(is_for_people=is_for_people),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=_LEVELS[level], force=True)
    for name in ("kafka", "uvicorn", "eventsourcing", "asyncio"):
        logging.getLogger(name).setLevel(max(_LEVELS[level], logging.WARNING))
    if process is not None:
        structlog.contextvars.bind_contextvars(process=process)


def _renderers(*, is_for_people: bool) -> list[structlog.typing.Processor]:
    if is_for_people:
        return [structlog.dev.ConsoleRenderer()]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)]


def _json(line: object, **_: object) -> str:
    return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()

"""The critical path: a project's tasks, links and calendars in, dates and slack out; pure arithmetic."""

from domain.schedule.network import Activity, Dependency, Network, SlackMode
from domain.schedule.schedule import PlanBeyondHorizon, Schedule, ScheduledTask, schedule

__all__ = [
    "Activity",
    "Dependency",
    "Network",
    "PlanBeyondHorizon",
    "Schedule",
    "ScheduledTask",
    "SlackMode",
    "schedule",
]

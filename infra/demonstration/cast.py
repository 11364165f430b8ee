"""Who is in the demonstration: four hundred people in ten departments, two directors among them."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from domain.ids import MemberId
from domain.member import InviteMember
from domain.roles import Role
from infra.demonstration.acts import Act, Lane, at, named

PEOPLE: Final = 400
DEPARTMENTS: Final = (
    "IT",
    "Sales",
    "Design",
    "Purchasing",
    "Machining",
    "Assembly",
    "Quality",
    "Logistics",
    "Finance",
    "Service",
)
FIRST_MANAGER: Final = 10
FIRST_WORKER: Final = 70
"""Who manages projects comes before who works in them, so that nobody does both."""
HIRED_ON: Final = date(2024, 8, 26)
_GIVEN: Final = (
    "Wei", "Fang", "Jun", "Li", "Min", "Hao", "Yan", "Tao", "Xin", "Lei",
    "Mei", "Bo", "Jing", "Kai", "Na", "Peng", "Qing", "Rui", "Shan", "Ting",
)  # fmt: skip
_FAMILY: Final = (
    "Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Zhao", "Huang", "Zhou", "Wu",
    "Xu", "Sun", "Hu", "Zhu", "Gao", "Lin", "He", "Guo", "Ma", "Luo",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One of the people: their id, name and department."""

    member_id: MemberId
    name: str
    department: str


def _person(number: int) -> Person:
    name = f"{_GIVEN[number % 20]} {_FAMILY[number // 20]}"
    return Person(MemberId(named(f"person {number}")), name, DEPARTMENTS[number % len(DEPARTMENTS)])


CAST: Final = tuple(_person(number) for number in range(PEOPLE))
DIRECTOR: Final = CAST[0]
"""Leads IT, and with it the special team."""
SPONSOR: Final = CAST[1]
"""Leads Sales: the business in the special team."""


def of(department: str) -> list[Person]:
    """Return the people of a department."""
    return [person for person in CAST if person.department == department]


def invited() -> list[Lane]:
    """Return what invites everybody, each in a lane of their own."""
    return [[_invited(number, person)] for number, person in enumerate(CAST)]


def _invited(number: int, person: Person) -> Act:
    role = Role.MANAGEMENT if person in (DIRECTOR, SPONSOR) else Role.MEMBER
    given, _, family = person.name.partition(" ")
    email = f"{given}.{family}.{number}@works.example".lower()
    command = InviteMember(person.name, email, role, person.department)
    return Act("member", person.member_id, command, DIRECTOR.member_id, at(HIRED_ON, 9, number % 60))


def manager_of(number: int) -> Person:
    """Return who manages a project, by its number."""
    return CAST[FIRST_MANAGER + number]


def team_of(number: int) -> list[Person]:
    """Return the eight who work on a project besides its manager, of several departments."""
    return [CAST[FIRST_WORKER + (number * 8 + seat) % (PEOPLE - FIRST_WORKER)] for seat in range(8)]


def ids(people: list[Person]) -> list[UUID]:
    """Return the ids of some people."""
    return [person.member_id for person in people]

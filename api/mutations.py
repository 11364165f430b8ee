"""The mutations: one for each command that somebody may issue, generated from the deciders."""

from collections.abc import Sequence
from typing import Any, Final, cast

import strawberry
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from api.context import Info
from api.forms import Form, forms
from api.issuing import issue
from api.kinds import Given
from api.payloads import Payload, payload_type

DESCRIPTION: Final = "What can be done: each mutation is one command, decided on and recorded as one."


def mutation_type(*more: StrawberryField) -> type:
    """Return the root type of all mutations: those of the deciders, then `more`."""
    fields: Sequence[StrawberryField] = [*map(_mutation, forms()), *more]
    return create_type("Mutation", list(fields), description=DESCRIPTION)


def _mutation(form: Form) -> StrawberryField:
    async def resolve(info: Info, input: Given) -> Payload | None:  # noqa: A002 - the contract's name
        return await issue(info.context, form, input)

    resolve.__name__ = form.name
    answer: Any = payload_type(form.decider.name)
    resolve.__annotations__ = {"info": Info, "input": form.input_type, "return": answer | None}
    field: Any = strawberry.mutation(resolver=resolve, name=form.name, description=form.description)
    return cast("StrawberryField", field)

"""`Idempotency-Key`: one act, one answer."""

import threading
from collections.abc import Iterator

import pytest
from uuid_utils.compat import uuid7

from eakte.database import Unit
from eakte.supervise.cluster import Urls
from eakte.web.once import KEPT, Answer, KeyReused, Repeatable, StillRunning, forget_old_answers
from tests.rooms import Tenant, found, open_database


@pytest.fixture
def tenant(database: Urls) -> Iterator[Tenant]:
    opened = open_database(database)
    yield found(opened, database)
    opened.close()


class Desk:
    """Counts how often the act was really done."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant, self.done = tenant, 0
        self.mine = Repeatable(uuid7(), "POST /v1/things", "key-1")

    def ask(self, said: bytes = b"a", request: Repeatable | None = None) -> Answer:
        with self.tenant.database.unit(self.tenant.id) as unit:
            return self.within(unit, said, request)

    def within(self, unit: Unit, said: bytes = b"a", request: Repeatable | None = None) -> Answer:
        return (request or self.mine).answer(unit, self.tenant.clock(), said, self._act)

    def _act(self) -> Answer:
        self.done += 1
        return Answer(201, {"number": self.done}, {"Location": "/x"})


def test_the_same_request_twice_is_one_act_and_one_answer(tenant: Tenant) -> None:
    desk = Desk(tenant)
    assert desk.ask() == desk.ask() == Answer(201, {"number": 1}, {"Location": "/x"})
    assert desk.done == 1


def test_the_same_key_for_another_content_is_refused(tenant: Tenant) -> None:
    desk = Desk(tenant)
    desk.ask()
    with pytest.raises(KeyReused):
        desk.ask(b"b")
    assert desk.done == 1


def test_keys_of_other_people_and_routes_are_others(tenant: Tenant) -> None:
    desk = Desk(tenant)
    desk.ask()
    desk.ask(request=Repeatable(uuid7(), "POST /v1/things", "key-1"))
    desk.ask(request=Repeatable(desk.mine.principal, "POST /v1/others", "key-1"))
    assert desk.done == 3


def test_without_a_key_each_request_is_an_act(tenant: Tenant) -> None:
    desk = Desk(tenant)
    for _ in range(2):
        desk.ask(request=Repeatable(desk.mine.principal, "POST /v1/things", None))
    assert desk.done == 2


def test_a_second_request_while_the_first_runs_is_told_to_wait(tenant: Tenant) -> None:
    desk, refused = Desk(tenant), []

    def second() -> None:
        try:
            desk.ask()
        except StillRunning as problem:
            refused.append(problem.retry_after)

    with tenant.database.unit(tenant.id) as unit:
        desk.within(unit)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert (refused, desk.done) == ([2], 1)


def test_an_act_that_failed_may_be_tried_again_under_its_key(tenant: Tenant) -> None:
    desk = Desk(tenant)
    with pytest.raises(ZeroDivisionError), tenant.database.unit(tenant.id) as unit:
        desk.within(unit)
        1 / 0  # noqa: B018
    assert desk.ask().body == {"number": 2}


def test_an_answer_is_kept_seven_days(tenant: Tenant) -> None:
    desk = Desk(tenant)
    desk.ask()
    tenant.clock.at += KEPT
    desk.ask(b"something else by now")
    assert desk.done == 2
    tenant.clock.at += KEPT
    with tenant.database.unit(tenant.id) as unit:
        forget_old_answers(unit, tenant.clock())
    desk.ask()
    assert desk.done == 3

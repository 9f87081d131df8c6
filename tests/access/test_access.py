"""Who may what: tokens, roles, org units, and the tenants' separation."""

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from uuid_utils.compat import uuid7

from eakte.access import acts, sessions
from eakte.access.model import ROLES, UNFILED, Permission, Principal, Sight, Token, TooManyAttempts
from eakte.access.tables import tenants
from eakte.errors import Invalid, NotFound, Problem, Refused, Unauthorized
from eakte.supervise.cluster import Urls
from tests.rooms import Tenant, found, open_database


@pytest.fixture
def tenant(database: Urls) -> Iterator[Tenant]:
    opened = open_database(database)
    yield found(opened, database)
    opened.close()


def key(tenant: Tenant, *roles: str, units: tuple[str, ...] = (), name: str = "key") -> Token:
    with tenant.database.unit(tenant.id) as unit:
        return acts.create_key(unit, tenant.moment(), name, roles, units)


def who(tenant: Tenant, token: Token | str) -> Principal:
    return acts.bearer(tenant.database, str(token), tenant.clock())


def sees(tenant: Tenant, principal: Principal) -> Sight:
    with tenant.database.look(tenant.id) as unit:
        return acts.sight(unit, principal)


def test_a_key_stands_for_its_roles_until_it_is_revoked(tenant: Tenant) -> None:
    token = key(tenant, "clerk", "auditor")
    assert who(tenant, token).roles == ("clerk", "auditor")
    with tenant.database.unit(tenant.id) as unit:
        acts.end_principal(unit, tenant.moment(), "key", "key")
    with pytest.raises(Unauthorized):
        who(tenant, token)


def test_a_changed_token_opens_nothing(tenant: Tenant) -> None:
    token = str(key(tenant, "clerk"))
    for place in range(len(token) - 1):  # the last sign carries bits that mean nothing
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(Unauthorized):
            who(tenant, changed)


@given(st.text(max_size=120))
def test_no_text_but_a_token_is_parsed(text: str) -> None:
    with pytest.raises(Unauthorized):
        Token.parse(text)


def test_several_roles_add_up(tenant: Tenant) -> None:
    for roles in itertools.combinations(ROLES, 2):
        person = Principal(tenant.id, "t", uuid7(), "x", roles, None)
        for permission in Permission:
            assert person.may(permission) == any(permission in ROLES[role] for role in roles)


def test_a_clerk_sees_the_own_org_unit_and_those_below_and_no_other(tenant: Tenant) -> None:
    with tenant.database.unit(tenant.id) as unit:
        moment = tenant.moment()
        scopes = {}
        for code, above in (("nord", "haus"), ("team-1", "nord"), ("sued", "haus")):
            org = acts.create_org_unit(unit, moment, code, code, above)
            scopes[code] = acts.scope_of(unit, moment, org, "leistung")
    seen = sees(tenant, who(tenant, key(tenant, "clerk", units=("nord",)))).seen
    assert {scopes["nord"], scopes["team-1"]} <= seen
    assert scopes["sued"] not in seen
    assert set(scopes.values()) <= sees(tenant, who(tenant, key(tenant, "reader", name="all"))).seen


def test_the_mailroom_sees_what_is_unfiled_and_nothing_else(tenant: Tenant) -> None:
    with tenant.database.unit(tenant.id) as unit:
        root = acts.org_unit(unit, "haus")
        unfiled = acts.scope_of(unit, tenant.moment(), root, UNFILED)
        filed = acts.scope_of(unit, tenant.moment(), root, "leistung")
    sight = sees(tenant, who(tenant, key(tenant, "mailroom")))
    assert (unfiled in sight.seen, filed in sight.seen, filed in sight.within) == (True, False, True)


@pytest.mark.parametrize("role", ["administrator", "scanner"])
def test_roles_without_content_see_no_scope(tenant: Tenant, role: str) -> None:
    assert sees(tenant, who(tenant, key(tenant, role))).seen == frozenset()


def test_names_and_roles_are_checked(tenant: Tenant) -> None:
    key(tenant, "clerk")
    with pytest.raises(Refused):
        key(tenant, "clerk")
    with pytest.raises(Invalid, match="Unbekannte Rolle"):
        key(tenant, "king", name="b")
    with pytest.raises(Invalid, match="bekannt: haus"):
        key(tenant, "clerk", units=("nirgends",), name="c")
    with pytest.raises(NotFound):
        acts.tenant_named(tenant.database, "nobody")


def test_a_tenants_name_is_seen_only_by_who_names_it(tenant: Tenant) -> None:
    found(tenant.database, tenant.urls, "nachbar")
    assert acts.tenant_named(tenant.database, "musterkreis") == tenant.id
    with tenant.database.look(tenant.id) as unit:
        names = [row.name for row in unit.all(select(tenants.c.name))]
    assert names == ["musterkreis"]


def sign_in(tenant: Tenant, password: str, name: str = "anna") -> Token:
    token, _ = sessions.sign_in(tenant.database, tenant.moment(), tenant.id, name, password)
    return token


@pytest.fixture
def password(tenant: Tenant) -> str:
    with tenant.database.unit(tenant.id) as unit:
        return sessions.create_user(unit, tenant.moment(), "anna", ["clerk"], [])


def test_a_session_ends_after_twelve_hours(tenant: Tenant, password: str) -> None:
    token = sign_in(tenant, password)
    assert who(tenant, token).must_change
    tenant.clock.pass_by(hours=12, seconds=1)
    with pytest.raises(Unauthorized):
        who(tenant, token)


def test_a_changed_password_ends_other_sessions_and_the_duty_to_change(tenant: Tenant, password: str) -> None:
    here, elsewhere = sign_in(tenant, password), sign_in(tenant, password)
    sessions.change_password(tenant.database, tenant.moment(), who(tenant, here), password, "ein ganz neues Kennwort")
    assert not who(tenant, here).must_change
    with pytest.raises(Unauthorized):
        who(tenant, elsewhere)
    assert who(tenant, sign_in(tenant, "ein ganz neues Kennwort")).name == "anna"


@pytest.mark.parametrize("name", ["anna", "niemand"])
def test_guessing_is_slowed_by_name_whether_the_name_exists_or_not(tenant: Tenant, password: str, name: str) -> None:
    assert [outcome(tenant, name) for _ in range(3)] == ["sign-in-failed"] * 3
    outcomes = [outcome(tenant, name) for _ in range(20)]
    assert outcomes.count("sign-in-failed") <= 2
    with pytest.raises(TooManyAttempts):
        sign_in(tenant, password, name)
    tenant.clock.pass_by(minutes=20)
    assert outcome(tenant, name) == "sign-in-failed"


def test_a_wrong_password_of_nobody_costs_as_much_as_one_of_somebody(tenant: Tenant, password: str) -> None:
    spent = dict.fromkeys(["anna", "niemand"], 0.0)
    for name in [*spent] * 2:
        begun = time.process_time()
        assert outcome(tenant, name) == "sign-in-failed"
        spent[name] += time.process_time() - begun
    assert 2 / 3 < spent["niemand"] / spent["anna"] < 3 / 2


def test_a_flood_of_sign_ins_is_turned_away_instead_of_taking_every_thread(tenant: Tenant) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda number: outcome(tenant, f"person-{number}"), range(24)))
    assert set(codes) == {"sign-in-failed", "sign-in-busy"}


def outcome(tenant: Tenant, name: str) -> str:
    try:
        sign_in(tenant, "falsch", name)
    except Problem as problem:
        return problem.code
    return "in"

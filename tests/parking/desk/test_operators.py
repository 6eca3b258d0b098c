"""Who may do what."""

from parking.desk.operators import EVERY_CITY, Operator, Role


def operator(**roles: frozenset[Role]) -> Operator:
    return Operator(name="Ada", subject="1", roles=dict(roles))


def test_what_is_granted_in_one_city_is_granted_in_no_other() -> None:
    ada = operator(nantes=frozenset({Role.OPERATE}))
    assert ada.may(Role.OPERATE, "nantes")
    assert ada.may(Role.VIEW, "nantes"), "whoever may act may look"
    assert not ada.may(Role.SIGNS, "nantes")
    assert not any(ada.may(role, "angers") for role in Role)


def test_an_admin_may_all_and_somebody_without_a_role_nothing() -> None:
    root = Operator(name="root", subject="0", roles={EVERY_CITY: frozenset({Role.ADMIN})})
    assert all(root.may(role, "anywhere") for role in Role)
    nobody = operator(nantes=frozenset())
    assert not any(nobody.may(role, "nantes") for role in Role)

import pytest

QUILL = {
    "email": "quill@example.org",
    "preferred_name": "Bartholomew",
    "payer": "canyon",
    "reason": "out_of_network",
    "consent": {"email": True, "version": "1"},
}


@pytest.fixture
def leave(scene):
    """Leaves a lead like Quill's and returns the row."""
    from moonlit.audit.actor import PUBLIC
    from moonlit.leads.inputs import LeadInput
    from moonlit.leads.models import Lead
    from moonlit.leads.services import create_lead

    def left(*, by_hand=False, **changes):
        given = LeadInput.model_validate(QUILL | changes)
        return Lead.objects.get(pk=create_lead(given, by_hand=by_hand, actor=PUBLIC, now=scene.clock()))

    return left


@pytest.fixture
def user(db, scene):
    """Makes people of the front desk."""
    from moonlit.staff.models import User

    def made(name="Dana Desk", **more):
        email = f"{name.split()[0].lower()}@example.org"
        return User.objects.create(email=email, name=name, role="scheduler", created_at=scene.clock(), **more)

    return made


@pytest.fixture
def desk(user):
    from moonlit.audit.actor import Actor

    return Actor("staff", str(user().pk))

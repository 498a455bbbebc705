"""Rules 3.7: a mapped id that disappears from the EHR is told to the technical team, once."""

import pytest

from moonlit.ehr.port import Retry
from moonlit.practice.models import Location, Provider, ProviderVisitType
from moonlit.sync.mappings import check_mappings
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.models import Task

pytestmark = pytest.mark.django_db


def check(scene):
    return check_mappings(clock=scene.clock)


def tasks():
    return {task.subject: task.note for task in Task.objects.filter(kind=TaskKind.TEMPLATE_CHANGED)}


def test_all_ids_there_is_nothing_to_tell(scene):
    assert check(scene) == 0
    assert tasks() == {}


def test_a_provider_gone_from_the_ehr_is_told_once(scene):
    Provider.objects.filter(pk=scene.providers["71"].pk).update(calendar_source_id="404")
    assert (check(scene), check(scene)) == (1, 1)
    assert tasks() == {f"provider:{scene.providers['71'].pk}": "No longer in the EHR: provider 404."}
    assert Task.objects.get().team == Team.TECHNICAL


def test_a_department_gone_from_the_ehr_is_told(scene):
    Location.objects.filter(code="clinic").update(ehr_department_id="404")
    check(scene)
    assert tasks() == {"location:clinic": "No longer in the EHR: department 404."}


def test_a_reason_gone_everywhere_is_told(scene):
    ProviderVisitType.objects.filter(provider=scene.providers["73"]).update(ehr_reason_id="404")
    check(scene)
    assert tasks() == {f"provider:{scene.providers['73'].pk}": "No longer in the EHR: reason 404."}


def test_an_ehr_that_does_not_answer_accuses_nobody(scene):
    scene.ehr.fail_next("providers", Retry("down"))
    with pytest.raises(Retry):
        check(scene)
    assert tasks() == {}

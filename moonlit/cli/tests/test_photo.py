"""`moonlit photo`: set and remove a clinician's picture."""

from io import BytesIO

import pytest
from PIL import Image

from moonlit.audit.models import AuditEvent
from moonlit.cli import photo
from moonlit.practice.models import Provider, ProviderPhoto

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return Provider.objects.create(npi="2000000101", first_name="Ada", last_name="Ng", profession="nurse")


def run(*line):
    import argparse

    parser = argparse.ArgumentParser()
    photo.configure(parser)
    return photo.run(parser.parse_args([str(part) for part in line]))


@pytest.fixture
def file(tmp_path):
    out = BytesIO()
    Image.new("RGB", (300, 300), "teal").save(out, "PNG")
    path = tmp_path / "ada.png"
    path.write_bytes(out.getvalue())
    return path


def test_a_picture_is_set_replaced_and_removed_and_each_is_in_the_audit_log(ada, file, capsys):
    assert run(ada.npi, file) == 0
    assert run(ada.npi, file) == 0
    assert ProviderPhoto.objects.get().provider == ada
    assert run(ada.npi, "--remove") == 0
    assert not ProviderPhoto.objects.exists()
    verbs = list(AuditEvent.objects.order_by("at").values_list("verb", "subject"))
    assert verbs == [
        ("practice:photo:set", f"provider:{ada.pk}"),
        ("practice:photo:set", f"provider:{ada.pk}"),
        ("practice:photo:removed", f"provider:{ada.pk}"),
    ]
    assert "The pages show it from now on." in capsys.readouterr().out


def test_removing_what_is_not_there_changes_nothing(ada, capsys):
    assert run(ada.npi, "--remove") == 0
    assert capsys.readouterr().out == "There was none.\n"
    assert not AuditEvent.objects.exists()


def test_an_unknown_npi_is_told(file, capsys):
    assert run("2000000999", file) == 1
    assert "there is no provider with the NPI 2000000999" in capsys.readouterr().err


def test_a_file_that_is_no_picture_or_not_there_is_told(ada, tmp_path, capsys):
    wrong = tmp_path / "cv.pdf"
    wrong.write_bytes(b"%PDF-1.7")
    assert run(ada.npi, wrong) == 1
    assert "it is not a JPEG, PNG or WebP picture" in capsys.readouterr().err
    assert run(ada.npi, tmp_path / "nowhere.png") == 1
    assert "cannot be read: No such file or directory" in capsys.readouterr().err
    assert not ProviderPhoto.objects.exists()


def test_a_file_or_remove_must_be_given(ada):
    with pytest.raises(SystemExit):
        run(ada.npi)

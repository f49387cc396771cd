"""Pages and mails around signing in."""

import pytest

from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


@pytest.mark.parametrize("path", ["/account/login/", "/account/password/reset/"])
def test_pages_of_signing_in_are_stored_nowhere(client, path):
    response = client.get(path)

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


def test_the_mail_for_a_new_password_is_in_the_products_words(client, mailoutbox):
    person = make_user("rep", name="Kofi O'Mensah")
    client.post("/account/password/reset/", {"email": person.email})

    (mail,) = mailoutbox
    assert mail.subject == "Choose a new password for Smarketing"
    assert mail.body.startswith("Hello Kofi O'Mensah,\n\nsomebody asked for a new password")
    assert "http://testserver/account/password/reset/key/" in mail.body
    assert "example.com" not in mail.body.replace("loadline.example", "")

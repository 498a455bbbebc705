"""Step 1: what each way of paying means, at once (rules 2)."""

from datetime import timedelta

from moonlit.leads.models import Lead
from moonlit.widget.models import Draft
from moonlit.widget.tests.town import IN_THREE_WEEKS
from moonlit.widget.tests.visitor import WHO


def choose(visitor, payer):
    return visitor.go("/book").press("/book", payer=payer)


def test_looking_creates_nothing(visitor):
    visitor.go("/book")
    visitor.go("/book?q=regence")
    assert Draft.objects.count() == 0


def test_the_search_finds_by_alias_and_says_what_each_means(visitor):
    visitor.go("/book?q=public+employees")
    assert "PEHP Not yet" in visitor.text
    visitor.go("/book?q=emi")
    assert "EMI Health Open from Sunday, March 22, 2026" in visitor.text
    visitor.go("/book?q=selecthealth")
    assert "SelectHealth Open now" in visitor.text


def test_an_unknown_name_leads_to_the_free_text_and_keeps_it(visitor):
    visitor.go("/book?q=Nowhere+Mutual")
    assert "We found no insurance by that name" in visitor.text
    assert visitor.value_of("payer_name") == "Nowhere Mutual"


def test_one_letter_is_too_little(visitor):
    assert "Please type at least two letters" in visitor.go("/book?q=r").text


def test_an_insurance_we_take_leads_straight_to_who_and_how(visitor):
    choose(visitor, "selecthealth")
    assert visitor.page == "who"
    assert "SelectHealth. We take this insurance. We will check your plan before your visit." in visitor.text


def test_an_insurance_from_a_date_opens_its_calendar_there_and_offers_word_and_self_pay(visitor, town):
    choose(visitor, "emi-health")
    assert visitor.page == "pay"
    assert "You can use EMI Health here from Sunday, March 22, 2026" in visitor.text
    assert "Rather be told?" in visitor.text
    assert "A first visit costs from $400" in visitor.text
    visitor.go(visitor.path.replace("/pay", "/who")).press(**WHO)
    assert visitor.page == "when"
    assert "Tuesday, March 24" in visitor.text
    assert "March 9" not in visitor.text
    assert timedelta(days=22) == IN_THREE_WEEKS - town.clock().date()


def test_who_would_rather_be_told_leaves_a_lead_to_be_notified(visitor):
    choose(visitor, "emi-health")
    visitor.go(visitor.path.replace("/pay", "/ask?notify=1"))
    visitor.press(contact="zoe@example.org")
    assert visitor.page == "sent"
    lead = Lead.objects.get()
    assert (lead.reason, lead.payer_code, lead.effective_date.isoformat()) == (
        "notify_when_open",
        "emi-health",
        "2026-03-22",
    )


def test_a_start_more_than_30_days_away_is_a_lead_with_the_date_and_self_pay_beside_it(visitor):
    choose(visitor, "pehp")
    assert visitor.page == "ask"
    assert "We start with PEHP on Thursday, April 16, 2026" in visitor.text
    assert "Pay myself" in visitor.text
    assert "A person answers you by the end of Tuesday, March 3, 2026." in visitor.text
    visitor.press(contact="801-555-0142", name="Zoë", may_write="on")
    assert visitor.page == "sent"
    lead = Lead.objects.get()
    assert lead.reason == "effective_date_over_30_days"
    assert lead.phone == "+18015550142"
    assert lead.preferred_name == "Zoë"
    assert (lead.consent["email"], lead.consent["sms"]) == (False, True)


def test_an_insurance_in_credentialing_is_a_lead(visitor):
    choose(visitor, "tricare-west")
    assert visitor.page == "ask"
    assert "We are joining TRICARE West" in visitor.text


def test_an_insurance_that_said_no_is_a_lead(visitor):
    choose(visitor, "cigna")
    assert "We do not work with Cigna today" in visitor.text


def test_self_pay_is_no_button_beside_medicaid(visitor):
    choose(visitor, "weber-hs")
    assert visitor.page == "ask"
    assert "Pay myself" not in visitor.text
    visitor.press(visitor.path.replace("/ask", "/pay"), self_pay="1")
    assert visitor.page == "ask", "nor by a form made by hand"


def test_an_insurance_not_on_the_list_is_a_lead_with_its_name(visitor):
    visitor.go("/book").press("/book", payer_name="  Nowhere   Mutual ")
    assert "We do not know this insurance yet" in visitor.text
    assert "Pay myself" in visitor.text
    visitor.press(contact="zoe@example.org")
    assert Lead.objects.get().payer_name == "Nowhere Mutual"


def test_medicaid_typed_by_name_offers_no_self_pay_either(visitor):
    visitor.go("/book").press("/book", payer_name="MediCaid of Nowhere")
    assert "Pay myself" not in visitor.text


def test_an_empty_name_is_asked_for_again(visitor):
    visitor.go("/book").press("/book", payer_name="  ")
    assert visitor.status == 422
    assert visitor.title.startswith("Error: ")
    assert "Please write the name of the insurance as it stands on the card." in visitor.text
    assert Draft.objects.count() == 0


def test_a_payer_nobody_knows_is_refused_without_a_draft(visitor):
    visitor.go("/book").press("/book", payer="no-such-payer")
    assert visitor.status == 422
    assert Draft.objects.count() == 0


def test_self_pay_goes_on_without_any_insurance_question(visitor):
    visitor.go("/book").press("/book", self_pay="1")
    assert visitor.page == "who"
    assert "You pay yourself." in visitor.text


def test_self_pay_from_a_lead_page_leads_to_the_calendar(visitor):
    choose(visitor, "cigna")
    visitor.press(visitor.path.replace("/ask", "/pay"), self_pay="1")
    assert visitor.page == "who"


def test_the_question_of_a_carve_out_is_asked_once_and_decides(visitor):
    choose(visitor, "uuhp")
    assert visitor.page == "pay"
    assert "who handles behavioral health?" in visitor.text
    visitor.press(benefit="nonsense")
    assert visitor.status == 422
    assert "Please choose one of the answers." in visitor.text
    visitor.press(benefit="hmhi-bhn")
    assert visitor.page == "who"


def test_not_being_sure_books_only_where_every_possible_network_is_open(visitor):
    choose(visitor, "regence")
    visitor.press(benefit="unsure")
    assert visitor.page == "who", "both Regence and HMHI can be booked"


def test_the_card_that_another_company_carries_is_bookable_without_a_question(visitor):
    choose(visitor, "uhc")
    assert visitor.page == "who"


def test_changing_the_insurance_later_keeps_the_draft(visitor):
    choose(visitor, "selecthealth")
    token = visitor.token
    visitor.go(f"/book/d/{token}/pay?q=cigna").press(f"/book/d/{token}/pay", payer="cigna")
    assert visitor.page == "ask"
    assert visitor.token == token

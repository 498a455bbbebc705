"""The patient's pages. The token in a path is the right to it; route names, not paths, reach the log."""

from django.urls import path

from moonlit.widget.views import about, ask, check, pay, status, text, when, who

urlpatterns = [
    path("book", pay.start, name="book_start"),
    path("book/cleared", status.cleared, name="book_cleared"),
    path("book/d/<str:token>/pay", pay.pay, name="book_pay"),
    path("book/d/<str:token>/who", who.who, name="book_who"),
    path("book/d/<str:token>/ask", ask.ask, name="book_ask"),
    path("book/d/<str:token>/sent", ask.sent, name="book_sent"),
    path("book/d/<str:token>/when", when.when, name="book_when"),
    path("book/d/<str:token>/about", about.about, name="book_about"),
    path("book/d/<str:token>/check", check.check, name="book_check"),
    path("book/d/<str:token>/finish", status.finish, name="book_finish"),
    path("book/s/<str:token>", status.status, name="book_status"),
    path("book/s/<str:token>/finish", status.finish_visit, name="book_finish_visit"),
    path("m/<str:token>", status.visit, name="visit"),
    path("documents/<slug:kind>/<path:version>", text.text, name="book_text"),
]

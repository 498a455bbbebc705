"""The staff's pages, all under /staff/."""

from django.urls import path

from moonlit.dashboard.views.appointments import appointment, appointments
from moonlit.dashboard.views.care import care
from moonlit.dashboard.views.finish import finish
from moonlit.dashboard.views.leads import change_lead, lead, leads
from moonlit.dashboard.views.restrictions import add, end, restricted
from moonlit.dashboard.views.reviews import reviews, settle
from moonlit.dashboard.views.tasks import close, tasks
from moonlit.dashboard.views.today import today

app_name = "dashboard"

urlpatterns = [
    path("", today, name="today"),
    path("appointments", appointments, name="appointments"),
    path("appointments/<uuid:appointment_id>", appointment, name="appointment"),
    path("appointments/<uuid:appointment_id>/finish", finish, name="finish"),
    path("appointments/<uuid:appointment_id>/care", care, name="care"),
    path("leads", leads, name="leads"),
    path("leads/<uuid:lead_id>", lead, name="lead"),
    path("leads/<uuid:lead_id>/status", change_lead, name="change_lead"),
    path("changes", reviews, name="reviews"),
    path("changes/<uuid:review_id>", settle, name="settle_review"),
    path("restrictions", restricted, name="restrictions"),
    path("restrictions/add", add, name="add_restriction"),
    path("restrictions/<uuid:restriction_id>/end", end, name="end_restriction"),
    path("tasks", tasks, name="tasks"),
    path("tasks/<uuid:task_id>/close", close, name="close_task"),
]

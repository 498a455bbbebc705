"""The staff's pages, all under /staff/."""

from django.urls import path

from moonlit.dashboard.views.appointments import appointment, appointments
from moonlit.dashboard.views.care import care
from moonlit.dashboard.views.finish import finish
from moonlit.dashboard.views.lead import change_lead, lead, show_link
from moonlit.dashboard.views.leads import leads
from moonlit.dashboard.views.messages import message, message_list, send_again
from moonlit.dashboard.views.reaching import change_reaching, reaching
from moonlit.dashboard.views.replies import read, replies, reply
from moonlit.dashboard.views.restrictions import add, end, restricted
from moonlit.dashboard.views.reviews import reviews, settle
from moonlit.dashboard.views.stopped import lift, stop, stopped
from moonlit.dashboard.views.tasks import close, tasks
from moonlit.dashboard.views.today import today

app_name = "dashboard"

urlpatterns = [
    path("", today, name="today"),
    path("appointments", appointments, name="appointments"),
    path("appointments/<uuid:appointment_id>", appointment, name="appointment"),
    path("appointments/<uuid:appointment_id>/finish", finish, name="finish"),
    path("appointments/<uuid:appointment_id>/care", care, name="care"),
    path("appointments/<uuid:appointment_id>/reaching", reaching, name="reaching"),
    path("appointments/<uuid:appointment_id>/reaching/change", change_reaching, name="change_reaching"),
    path("leads", leads, name="leads"),
    path("leads/<uuid:lead_id>", lead, name="lead"),
    path("leads/<uuid:lead_id>/change", change_lead, name="change_lead"),
    path("leads/<uuid:lead_id>/link", show_link, name="lead_link"),
    path("messages", message_list, name="messages"),
    path("messages/<uuid:message_id>", message, name="message"),
    path("messages/<uuid:message_id>/resend", send_again, name="resend"),
    path("replies", replies, name="replies"),
    path("replies/<uuid:reply_id>", reply, name="reply"),
    path("replies/<uuid:reply_id>/read", read, name="read_reply"),
    path("stopped", stopped, name="stopped"),
    path("stopped/add", stop, name="stop_contact"),
    path("stopped/<uuid:stopped_id>/lift", lift, name="lift_stop"),
    path("changes", reviews, name="reviews"),
    path("changes/<uuid:review_id>", settle, name="settle_review"),
    path("restrictions", restricted, name="restrictions"),
    path("restrictions/add", add, name="add_restriction"),
    path("restrictions/<uuid:restriction_id>/end", end, name="end_restriction"),
    path("tasks", tasks, name="tasks"),
    path("tasks/<uuid:task_id>/close", close, name="close_task"),
]

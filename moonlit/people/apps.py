from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "moonlit.people"
    label = "people"

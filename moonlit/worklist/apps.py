from django.apps import AppConfig


class WorklistConfig(AppConfig):
    name = "moonlit.worklist"
    label = "worklist"

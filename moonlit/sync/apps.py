from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "moonlit.sync"
    label = "sync"

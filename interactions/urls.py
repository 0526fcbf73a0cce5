from django.urls import path

from interactions.views import hooks

app_name = "interactions"
urlpatterns: list = [
    path("hooks/calls/", hooks.call, name="call_hook"),
    path("hooks/mail/", hooks.mail, name="mail_hook"),
]

from django.urls import path

from portal.views import preferences

app_name = "portal"
urlpatterns = [
    path("p/<str:token>/", preferences.page, name="preferences"),
    path("s/<str:token>", preferences.page, name="preferences_in_short"),  # no slash: each character is paid
    path("s/<str:token>/", preferences.page, name="preferences_in_short_closed"),  # a scanner adds one
    path("p/<str:token>/unsubscribe/", preferences.unsubscribe, name="unsubscribe"),
    path("p/<str:token>/stop/", preferences.stop, name="stop"),
]

"""Pages of this channel, found by name; their names stand among the room's."""

from django.urls import path

from interactions.channels.mail import views

urlpatterns = [
    path("settings/channels/unfiled/<int:row_id>/original/", views.raw, name="unfiled_raw"),
    path("settings/channels/unfiled/<int:row_id>/reading/", views.reading, name="unfiled_reading"),
    path("settings/channels/unfiled/<int:row_id>/settlement/", views.settlement, name="unfiled_settlement"),
]

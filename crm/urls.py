"""Addresses: each installed room brings its own, by name."""

from django.conf import settings
from django.urls import include, path

from crm import views
from crm.gallery import gallery
from crm.preferences import preferences

handler403 = "crm.views.forbidden"
handler404 = "crm.views.not_found"
handler500 = "crm.views.server_error"

urlpatterns = [
    path("", include(f"{room}.urls"))
    for room in [*settings.ROOMS, *(["crm.devmail"] if "crm.devmail" in settings.INSTALLED_APPS else [])]
]
urlpatterns += [path("accounts/", include("staff.account_urls"))]  # names without a namespace: allauth reverses them
urlpatterns += [path("palette/", views.palette, name="palette"), path("preferences/", preferences, name="preferences")]
urlpatterns += [path("undo/<int:undo_id>/", views.undo, name="undo")]
if not settings.PRODUCTION:
    urlpatterns += [path("gallery/", gallery, name="gallery")]

from django.urls import include, path, re_path

from api.views import docs, keys

app_name = "api"
urlpatterns = [
    path("settings/keys/", keys.keys, name="keys"),
    path("settings/keys/new/", keys.new, name="new_key"),
    path("settings/keys/<int:pk>/revocation/", keys.revoke, name="revoke_key"),
    path("api/docs/", docs.docs, name="docs"),
    path("api/schema/", docs.schema, name="schema"),
    path("api/v1/", include("api.v1.urls")),
    re_path(r"^api/(?:.*)$", docs.nowhere, name="nowhere"),
]

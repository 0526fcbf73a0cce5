from django.urls import path

from insights.views import figures, segments

app_name = "insights"
urlpatterns = [
    path("customers/<int:customer_id>/figures/", figures.of_customer, name="figures"),
    path("segments/", segments.index, name="segments"),
    path("segments/new/", segments.new, name="new_segment"),
    path("segments/builder/", segments.builder, name="builder"),
    path("segments/<int:segment_id>/", segments.page, name="segment"),
    path("segments/<int:segment_id>/members/", segments.members, name="members"),
    path("segments/<int:segment_id>/archiving/", segments.archive, name="archive"),
]

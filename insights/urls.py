from django.urls import path

from insights.views import building, figures, segments

app_name = "insights"
urlpatterns = [
    path("customers/<int:customer_id>/figures/", figures.of_customer, name="figures"),
    path("segments/", segments.index, name="segments"),
    path("segments/new/", segments.new, name="new_segment"),
    path("segments/builder/", building.builder, name="builder"),
    path("segments/builder/answers/", building.answered, name="answered"),
    path("segments/builder/counts/", building.counted, name="counted"),
    path("segments/choices/<str:key>/", building.choices, name="choices"),
    path("segments/<int:segment_id>/", segments.page, name="segment"),
    path("segments/<int:segment_id>/counts/", building.counted_of, name="counted_of"),
    path("segments/<int:segment_id>/members/", segments.members, name="members"),
    path("segments/<int:segment_id>/archiving/", segments.archive, name="archive"),
]

from django.urls import path

from insights.views import building, figures, lists, segments, why

app_name = "insights"
urlpatterns = [
    path("customers/<int:customer_id>/figures/", figures.of_customer, name="figures"),
    path("customers/<int:customer_id>/segments/", why.of_customer, name="of_customer"),
    path("segments/", segments.index, name="segments"),
    path("segments/new/", segments.new, name="new_segment"),
    path("segments/new/list/", lists.new, name="new_list"),
    path("segments/lists/chosen/", lists.chosen, name="chosen"),
    path("segments/lists/imports/<int:file_id>/", lists.of_import, name="list_of_import"),
    path("segments/builder/", building.builder, name="builder"),
    path("segments/builder/answers/", building.answered, name="answered"),
    path("segments/builder/counts/", building.counted, name="counted"),
    path("segments/choices/<str:key>/", building.choices, name="choices"),
    path("segments/<int:segment_id>/", segments.page, name="segment"),
    path("segments/<int:segment_id>/counts/", building.counted_of, name="counted_of"),
    path("segments/<int:segment_id>/members/", segments.members, name="members"),
    path("segments/<int:segment_id>/pasted/", lists.paste, name="paste"),
    path("segments/<int:segment_id>/standing/", lists.standing, name="standing"),
    path("segments/<int:segment_id>/removals/", lists.remove, name="remove"),
    path("segments/<int:segment_id>/somebody/", why.somebody, name="somebody"),
    path("segments/<int:segment_id>/why/<int:customer_id>/", why.why, name="why"),
    path("segments/<int:segment_id>/archiving/", segments.archive, name="archive"),
]

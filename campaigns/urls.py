from django.urls import path

from campaigns.views import editing, life, results

app_name = "campaigns"
urlpatterns = [
    path("campaigns/", editing.index, name="campaigns"),
    path("campaigns/new/", editing.new, name="new"),
    path("campaigns/results/", results.latest, name="latest"),
    path("campaigns/<int:campaign_id>/", editing.page, name="campaign"),
    path("campaigns/<int:campaign_id>/draft/", editing.save, name="save"),
    path("campaigns/<int:campaign_id>/languages/", editing.languages, name="languages"),
    path("campaigns/<int:campaign_id>/audience/", editing.audience_part, name="audience"),
    path("campaigns/<int:campaign_id>/preview/", editing.preview, name="preview"),
    path("campaigns/<int:campaign_id>/test/", editing.test, name="test"),
    path("campaigns/<int:campaign_id>/launch/", life.launch, name="launch"),
    path("campaigns/<int:campaign_id>/pause/", life.pause, name="pause"),
    path("campaigns/<int:campaign_id>/resumption/", life.resume, name="resume"),
    path("campaigns/<int:campaign_id>/cancellation/", life.cancel, name="cancel"),
    path("campaigns/<int:campaign_id>/results/", results.page, name="results"),
    path("campaigns/<int:campaign_id>/progress/", results.progress, name="progress"),
]

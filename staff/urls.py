from django.urls import path

from staff.views import joining, organisation, people, profile

app_name = "staff"
urlpatterns = [
    path("settings/", profile.settings_home, name="settings"),
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/profile/changes/", profile.change, name="change_profile"),
    path("settings/profile/other-sessions/end/", profile.end_other_sessions, name="end_other_sessions"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/invite/", people.invite, name="invite"),
    path("settings/people/<int:pk>/", people.change, name="change_person"),
    path("settings/people/<int:pk>/deactivation/", people.deactivate, name="deactivate"),
    path("settings/people/<int:pk>/reactivation/", people.reactivate, name="reactivate"),
    path("settings/people/<int:pk>/invitation/", people.invite_again, name="invite_again"),
    path("settings/people/<int:pk>/invitation/withdrawal/", people.withdraw_invitation, name="withdraw_invitation"),
    path("settings/teams/", people.make_team, name="make_team"),
    path("settings/teams/<int:pk>/", people.rename_team, name="rename_team"),
    path("settings/teams/<int:pk>/dissolution/", people.dissolve_team, name="dissolve_team"),
    path("settings/organisation/", organisation.organisation, name="organisation"),
    path("settings/health/", organisation.health, name="health"),
    path("join/<str:token>/", joining.join, name="join"),
]

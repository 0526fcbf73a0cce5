from django.urls import path

from sales import views

app_name = "sales"
urlpatterns = [
    path("settings/money/", views.index, name="money"),
    path("settings/money/rates/new/", views.new, name="rate_new"),
    path("settings/money/rates/<int:rate_id>/", views.change, name="rate"),
    path("settings/money/rates/<int:rate_id>/removal/", views.removal, name="rate_removal"),
    path("settings/money/<str:code>/", views.currency, name="currency"),
]

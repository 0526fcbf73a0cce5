from django.urls import path

from customers.views import browsing, changing, consents, contact_points, page, registering

app_name = "customers"
urlpatterns = [
    path("customers/", browsing.index, name="list"),
    path("customers/new/", registering.new, name="new"),
    path("customers/<int:customer_id>/", page.page, name="page"),
    path("customers/<int:customer_id>/change/", changing.edit, name="change"),
    path("customers/<int:customer_id>/contact-points/", contact_points.new, name="contact_points"),
    path(
        "customers/<int:customer_id>/contact-points/<int:point_id>/first-choice/",
        contact_points.first_choice,
        name="first_choice",
    ),
    path(
        "customers/<int:customer_id>/contact-points/<int:point_id>/removal/", contact_points.removal, name="removal"
    ),
    path("customers/<int:customer_id>/consents/", consents.ledger, name="consents"),
    path("customers/<int:customer_id>/consents/<slug:channel>/<slug:purpose>/", consents.cell, name="consent"),
]

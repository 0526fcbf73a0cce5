from django.urls import path

from customers.views import browsing, consents, page, registering

app_name = "customers"
urlpatterns = [
    path("customers/", browsing.index, name="list"),
    path("customers/new/", registering.new, name="new"),
    path("customers/<int:customer_id>/", page.page, name="page"),
    path("customers/<int:customer_id>/consents/", consents.ledger, name="consents"),
    path("customers/<int:customer_id>/consents/<slug:channel>/<slug:purpose>/", consents.cell, name="consent"),
]

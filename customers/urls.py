from django.urls import path

from customers.views import browsing, changing, consents, contact_points, fields, imports, page, places, registering

app_name = "customers"
urlpatterns = [
    path("customers/", browsing.index, name="list"),
    path("customers/filters/", browsing.choices, name="filters"),
    path("customers/new/", registering.new, name="new"),
    path("customers/<int:customer_id>/", page.page, name="page"),
    path("customers/<int:customer_id>/change/", changing.edit, name="change"),
    path("customers/<int:customer_id>/contact-points/", contact_points.new, name="contact_points"),
    path(
        "customers/<int:customer_id>/contact-points/<int:point_id>/first-choice/",
        contact_points.first_choice,
        name="first_choice",
    ),
    path("customers/<int:customer_id>/contact-points/<int:point_id>/removal/", contact_points.removal, name="removal"),
    path(
        "customers/<int:customer_id>/contact-points/<int:point_id>/verification/",
        contact_points.verification,
        name="verification",
    ),
    path("customers/<int:customer_id>/places/<int:place_id>/leaving/", places.leaving, name="leaving"),
    path("customers/<int:customer_id>/places/<int:place_id>/returning/", places.returning, name="returning"),
    path("customers/<int:customer_id>/consents/", consents.ledger, name="consents"),
    path("customers/<int:customer_id>/consents/<slug:channel>/<slug:purpose>/", consents.cell, name="consent"),
    path("imports/", imports.index, name="imports"),
    path("imports/new/", imports.new, name="import"),
    path("imports/<int:file_id>/", imports.page, name="import_file"),
    path("imports/<int:file_id>/columns/", imports.columns, name="import_columns"),
    path("imports/<int:file_id>/start/", imports.start, name="import_start"),
    path("imports/<int:file_id>/stop/", imports.stop, name="import_stop"),
    path("imports/<int:file_id>/skipped.csv", imports.skipped, name="import_skipped"),
    path("settings/fields/", fields.index, name="fields"),
    path("settings/fields/new/", fields.new, name="field_new"),
    path("settings/fields/<int:field_id>/", fields.edit, name="field"),
    path("settings/fields/<int:field_id>/place/", fields.place, name="field_place"),
    path("settings/fields/<int:field_id>/retirement/", fields.retirement, name="field_retirement"),
]

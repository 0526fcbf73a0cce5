"""Addresses of version 1. Each view is marked with the scopes that it asks for."""

from django.urls import path

from api.resource import Resource
from api.v1 import bulk, customers, exchange_rates, figures, interactions, promises, purchases, recognise, segments, why
from crm.access import mark


def keyed(address: str, view: type[Resource], name: str):
    return path(address, mark(view.as_view(), "key: " + " ".join(sorted(set(view.scopes.values())))), name=name)


urlpatterns = [
    keyed("customers/", customers.Customers, "customers"),
    keyed("customers/bulk/", bulk.BulkCustomers, "bulk_customers"),
    keyed("customers/<int:pk>/", customers.OneCustomer, "customer"),
    keyed("customers/<int:pk>/figures/", figures.CustomerFigures, "customer_figures"),
    keyed("customers/<int:pk>/interactions/", interactions.CustomerInteractions, "customer_interactions"),
    keyed("recognise/", recognise.Recognise, "recognise"),
    keyed("interactions/", interactions.Interactions, "interactions"),
    keyed("interactions/<int:pk>/", interactions.OneInteraction, "interaction"),
    keyed("promises/", promises.Promises, "promises"),
    keyed("promises/<int:pk>/", promises.OnePromise, "promise"),
    keyed("promises/<int:pk>/keeping/", promises.Keeping, "keeping"),
    keyed("promises/<int:pk>/moves/", promises.Moves, "moves"),
    keyed("purchases/", purchases.Purchases, "purchases"),
    keyed("purchases/bulk/", bulk.BulkPurchases, "bulk_purchases"),
    keyed("exchange-rates/", exchange_rates.ExchangeRates, "exchange_rates"),
    keyed("segments/", segments.Segments, "segments"),
    keyed("segments/<int:pk>/", segments.OneSegment, "segment"),
    keyed("segments/<int:pk>/members/", segments.Members, "members"),
    keyed("segments/<int:pk>/members/<int:customer_id>/", segments.OneMember, "member"),
    keyed("segments/<int:pk>/removals/", segments.Removals, "removals"),
    keyed("segments/<int:pk>/why/", why.Why, "why"),
]

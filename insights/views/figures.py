from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from crm.http import is_fragment
from customers.models import Customer
from insights import showing, sources
from staff.access import allowed


@require_GET
@allowed("insights.view")
def of_customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What segments ask about a customer, as of when, and what of it is old."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_id)
    said = [(each, said) for each in showing.of_customer(customer) if (said := showing.in_words(each))]
    failing = {each.failing.name: each.failing for each, _said in said if each.failing}
    context = {
        "customer": customer,
        "figures": said,
        "failing": [(sources.every()[name].label, one) for name, one in failing.items()],
        "as_of": showing.as_of(customer),
    }
    name = "insights/_figures.html" if is_fragment(request) else "insights/figures.html"
    return render(request, name, context)

"""The second step at sign-in, and where the library would list passkeys."""

from typing import Any

from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from crm.access import open_to_all, signed_in


class SecondStepView(AuthenticateView):
    """The library's view, which also tells the page what this person has: an app, passkeys, or both."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kinds = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        has = {"has_app": Authenticator.Type.TOTP in kinds, "has_passkey": Authenticator.Type.WEBAUTHN in kinds}
        return super().get_context_data(**kwargs) | has


authenticate = open_to_all("between password and second step; the library holds who it is")(SecondStepView.as_view())


@require_safe
@signed_in
def list_passkeys(request: HttpRequest) -> HttpResponse:
    """Passkeys stand on the page of everything about signing in; the library leads here after a change."""
    return redirect("mfa_index")

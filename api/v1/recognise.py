"""Who is this address? Asked by telephone systems, shops and chat windows."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.resource import Choice, Resource
from api.shapes import Brief, CardShape
from customers.models import ContactPoint
from interactions import recognising


class RecogniseQuery(serializers.Serializer):
    address = serializers.CharField(max_length=320, help_text="E-mail, phone in any form, or a number elsewhere.")
    channel = Choice(required=False, choices=ContactPoint.Channel.values, help_text="Found out if it is not given.")


class CandidateShape(serializers.Serializer):
    customer = Brief()
    card = CardShape(allow_null=True)


class RecognisedShape(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["known", "ambiguous", "unknown"])
    address = serializers.CharField(help_text="In normal form.")
    channel = serializers.CharField()
    customer = Brief(allow_null=True, help_text="The one whose address it is; null unless known.")
    card = CardShape(allow_null=True, help_text="Of that one.")
    candidates = CandidateShape(many=True, source="matches", help_text="Everybody whom it may mean.")


class Recognise(Resource):
    scopes = {"GET": "recognise:read"}
    names = {"GET": "recognise"}

    @extend_schema(summary="Recognise an address", parameters=[RecogniseQuery], responses=RecognisedShape)
    def get(self, request):
        """Say who an address is, with the thread card: where you left off, what is promised, what to do next.

        Whom this key does not see is left out: an address that is theirs alone is `unknown`.
        """
        asked = self.query(RecogniseQuery)
        found = recognising.recognise(asked["address"], asked.get("channel"), seer=request.user)
        return Response(RecognisedShape(found).data)

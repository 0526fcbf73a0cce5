from django.db import models


class Wording(models.Model):
    """Reusable text with merge fields, in one language. What is written in it: interactions/templating.py."""

    name = models.CharField(max_length=150, blank=True, default="")
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=250, blank=True, default="")
    body = models.TextField(blank=True, default="")  # Liquid merge fields in plain text with simple marks
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name or self.subject

from django.db import models


class Mailbox(models.Model):
    """An address of ours that mail comes to, and how far we have read it. Its password is in the environment."""

    address = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True, default="")
    imap_url_setting = models.CharField(max_length=60, default="IMAP_URL")  # name of the environment variable
    folder = models.CharField(max_length=100, default="INBOX")
    team = models.ForeignKey("staff.Team", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    place = models.ForeignKey("staff.Place", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    business_line = models.ForeignKey(
        "staff.BusinessLine", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_polled = models.BooleanField(default=True)
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    polled_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return self.address

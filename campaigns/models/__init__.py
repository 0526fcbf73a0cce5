from campaigns.models.campaign import Campaign, CampaignWording
from campaigns.models.recipient import Recipient

__all__ = ["Campaign", "CampaignWording", "Recipient"]

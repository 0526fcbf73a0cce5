from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: colleagues are invited."""

    def is_open_for_signup(self, request) -> bool:
        return False

"""The pages of signing in that this product has; the rest of allauth's are not served."""

from allauth.account import urls

SERVED = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",  # says that signing up is closed
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}
urlpatterns = [pattern for pattern in urls.urlpatterns if getattr(pattern, "name", None) in SERVED]

app_name = "devmail"
urlpatterns: list = []

from django.urls import path

from crm.devmail import views

app_name = "devmail"
urlpatterns = [
    path("devmail/", views.box, name="box"),
    path("devmail/emptying/", views.emptying, name="emptying"),
    path("devmail/<str:key>/", views.letter, name="letter"),
    path("devmail/<str:key>/html/", views.html, name="html"),
    path("devmail/<str:key>/source/", views.source, name="source"),
    path("devmail/<str:key>/answer/", views.answer, name="answer"),
]
